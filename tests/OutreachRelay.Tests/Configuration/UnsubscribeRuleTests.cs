using OutreachRelay.Store;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Keys of suppression and of links to unsubscribe.</summary>
public sealed class UnsubscribeRuleTests : IDisposable
{
    private static readonly string Adding = ConfigurationFolder.Minimal.Replace("pool = \"p\"", "pool = \"p\"\nunsubscribe = \"add\"", StringComparison.Ordinal);

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NothingSaid_AddsNoLinkAndRefusesTheSuppressed()
    {
        var model = _folder.Model(ConfigurationFolder.Minimal);

        Assert.False(model.Clients["acme"].DefaultDirection.AddsUnsubscribe);
        Assert.False(model.Policy.DropsSuppressed);
        Assert.Equal(new SoftBounceRule(3, TimeSpan.FromDays(30), TimeSpan.FromDays(30)), model.Policy.SoftBounces);
        Assert.EndsWith("/data/token.key", model.TokenKeyFile);
    }

    [Fact]
    public void Load_AllKeys_AreInTheModel()
    {
        var model = _folder.Model(Adding.Replace("unsubscribe = \"add\"", "unsubscribe = \"add\"\nunsubscribe_scope = \"direction\"", StringComparison.Ordinal)
            .Replace("default_direction", "display_name = \"Acme Ltd\"\ndefault_direction", StringComparison.Ordinal) + """
            [http]
            public_url = "https://relay.example.com"
            [policy]
            suppressed = "drop"
            soft_bounce_limit = 5
            soft_bounce_span = "14d"
            quarantine = "60d"
            """);

        Assert.True(model.Clients["acme"].DefaultDirection is { AddsUnsubscribe: true, UnsubscribesDirection: true });
        Assert.Equal("Acme Ltd", model.Clients["acme"].DisplayName);
        Assert.True(model.Policy.DropsSuppressed);
        Assert.Equal(new SoftBounceRule(5, TimeSpan.FromDays(14), TimeSpan.FromDays(60)), model.Policy.SoftBounces);
    }

    [Theory]
    [InlineData("unsubscribe = \"add\"", "[[domain]]\nname = \"example.com\"\nreturn_path = \"bounce.example.com\"\n[bounces]\nmaildir = \".\"\n", null)]
    [InlineData("unsubscribe = \"add\"", "[[domain]]\nname = \"example.com\"\nreturn_path = \"bounce.example.com\"\n[[listener]]\naddress = \"127.0.0.1:2526\"\npurpose = \"bounces\"\n", null)]
    [InlineData("unsubscribe = \"add\"", "[[domain]]\nname = \"example.com\"\nreturn_path = \"bounce.example.com\"\n",
        "no addresses are added: nothing takes mail to return paths, neither a [[listener]] with purpose = \"bounces\" nor bounces.maildir")]
    [InlineData("unsubscribe = \"add\"", "[bounces]\nmaildir = \".\"\n", "no addresses are added: no [[domain]] has a return_path, where they would be")]
    [InlineData("unsubscribe = \"keep\"", "", "no addresses are added: unsubscribe = \"add\" does not stand beside it")]
    public void Load_Mailto_IsInForceWhereItsMailIsTaken(string mode, string tables, string? warning)
    {
        var loaded = _folder.Load(Adding.Replace("unsubscribe = \"add\"", mode + "\nunsubscribe_mailto = true", StringComparison.Ordinal)
            + "[http]\npublic_url = \"https://relay.example.com\"\n" + tables);

        Assert.Equal(warning is null, loaded.Model!.Clients["acme"].DefaultDirection.AddsUnsubscribeMailbox);
        Assert.Equal(warning, loaded.Problems.SingleOrDefault(static problem => problem.Path == "direction[0].unsubscribe_mailto")?.Message);
    }

    [Fact]
    public void Load_LimitOfNone_CountsNoSoftBounces() =>
        Assert.Null(_folder.Model(ConfigurationFolder.Minimal + "[policy]\nsoft_bounce_limit = 0\n").Policy.SoftBounces);

    [Theory]
    [InlineData("", "no links are added, because http.public_url does not say how recipients reach this relay")]
    [InlineData("[http]\npublic_url = \"http://relay.example.com\"\n", "no links are added, because http.public_url is not an https URL that the world can reach")]
    [InlineData("[http]\npublic_url = \"https://localhost:8443\"\n", "no links are added, because http.public_url is not an https URL that the world can reach")]
    public void W34_Load_LinksThatCannotBeMade_Warn(string http, string warning) =>
        Assert.Equal($"relay.toml:13:15: warning: direction[0].unsubscribe: {warning}", Assert.Single(_folder.Problems(Adding + http)));

    [Fact]
    public void Load_TokenKeys_ComeFromTheEnvironmentOrAFile()
    {
        _folder.Environment["KEYS"] = "0123456789abcdef fedcba9876543210";
        Assert.NotNull(_folder.Model(ConfigurationFolder.Minimal.Replace("[[listener]]", "token_key = \"env:KEYS\"\n[[listener]]", StringComparison.Ordinal)).TokenKeys);

        var model = _folder.Model(ConfigurationFolder.Minimal.Replace("[[listener]]", "token_key = \"file:keys.txt\"\n[[listener]]", StringComparison.Ordinal));
        Assert.Null(model.TokenKeys);
        Assert.Equal(Path.Combine(_folder.Path, "keys.txt"), model.TokenKeyFile);
    }

    [Theory]
    [InlineData("short", "a key is shorter than 16 characters and can be guessed")]
    [InlineData(" , ", "expected 1 to 8 keys, separated by white space, found 0")]
    public void Load_TokenKeysThatAreNone_AreAnError(string keys, string error)
    {
        _folder.WriteSecret("keys.txt", keys);

        Assert.Equal(
            $"relay.toml:3:13: error: relay.token_key: {error}",
            Assert.Single(_folder.Problems(ConfigurationFolder.Minimal.Replace("[[listener]]", "token_key = \"file:keys.txt\"\n[[listener]]", StringComparison.Ordinal))));
    }
}
