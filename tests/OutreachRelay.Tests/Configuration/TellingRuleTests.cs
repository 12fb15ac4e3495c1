using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Configuration;

/// <summary>How a client is told what became of its mail.</summary>
public sealed class TellingRuleTests : IDisposable
{
    private const string Hook = "events_url = \"https://crm.example/hook/geheim\"\nevents_secret = \"file:secret\"\n";

    private readonly ConfigurationFolder _folder = new();

    public TellingRuleTests() => _folder.WriteSecret("secret", "a secret of the test");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Neither_TellsNobody()
    {
        var client = Client("");

        Assert.Equal((null, null), (client.Hook, client.Dsn));
    }

    [Fact]
    public void Load_Hook_HearsOfAllKindsAndShowsNoSecret()
    {
        var hook = Client(Hook).Hook!;

        Assert.Equal((new Uri("https://crm.example/hook/geheim"), "a secret of the test"), (hook.Url, hook.Secret));
        Assert.Equal(HookModel.Words.Select(static word => word.Kind), hook.Kinds);
        Assert.Equal("events to crm.example", hook.ToString());
    }

    [Fact]
    public void Load_HookWithKinds_HearsOfThoseAlone() =>
        Assert.Equal([StoreEventKind.Fail, StoreEventKind.Complained], Client(Hook + "events_kinds = [\"failed\", \"complained\", \"failed\"]\n").Hook!.Kinds);

    [Theory]
    [InlineData("events_url = \"https://crm.example/geheim\"\n", "events_url: needs events_secret: what it receives is proved by it")]
    [InlineData("events_secret = \"file:secret\"\n", "events_secret: has no effect without events_url")]
    [InlineData("events_kinds = [\"failed\"]\n", "events_kinds: has no effect without events_url")]
    [InlineData("events_url = \"http://192.0.2.1/geheim\"\nevents_secret = \"file:secret\"\n", "events_url: events must not cross the internet in plaintext")]
    [InlineData("events_url = \"https://crm.example/\"\nevents_secret = \"env:SHORT\"\n", "events_secret: the secret 'env:SHORT' is shorter than 16 characters, and can be guessed")]
    [InlineData("events_url = \"https://crm.example/\"\nevents_secret = \"env:NONE\"\n", "events_secret: the secret 'env:NONE' is not set or empty")]
    [InlineData(Hook + "events_kinds = [\"bounced\"]\n", "events_kinds[0]: expected one of")]
    [InlineData("dsn_from = \"daemon@nowhere.example\"\n", "dsn_from: daemon@nowhere.example is no sender of the client's")]
    [InlineData("dsn_from = \"daemon\"\n", "dsn_from: expected an address such as jane@example.com")]
    public void Load_WrongKeys_AreErrorsThatTellWhereAndShowNoSecret(string keys, string problem)
    {
        _folder.Environment["SHORT"] = "hunter2";

        var found = Assert.Single(_folder.Problems(Toml(keys)), static one => one.Contains(": error:", StringComparison.Ordinal));

        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", found, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RetentionShorterThanAHooksPatience_Warns() => Assert.Contains(
        _folder.Problems(Toml(Hook) + "[delivery]\nretention = \"1d\"\n"), static problem => problem.Contains("delivery.retention", StringComparison.Ordinal));

    [Fact]
    public void Load_DsnFromASender_LeavesByADirectionThatHasIt()
    {
        var dsn = Client("dsn_from = \"A@example.com\"\n").Dsn!;

        Assert.Equal(("a@example.com", "cold"), (dsn.Sender.Key, dsn.Direction.Name));
    }

    private ClientModel Client(string keys) => Assert.Single(_folder.Model(Toml(keys)).Clients.Values);

    private static string Toml(string keys) => ConfigurationFolder.Minimal.Replace("[[client]]\n", "[[client]]\n" + keys, StringComparison.Ordinal);
}
