using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Suppression;

public sealed class SuppressionKeyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("outreach-key-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("jane@example.com", "JANE@Example.COM")]
    [InlineData("jane@example.com", "jane+news@example.com")]
    [InlineData("jane@example.com", "Jane+a+b@example.com")]
    [InlineData("jane@bücher.example", "jane@xn--bcher-kva.example")]
    [InlineData("jane@bücher.example", "jane@BÜCHER.example")]
    [InlineData("\"jane\"@example.com", "jane@example.com")]
    public void L12_Of_SpellingsOfOneMailbox_AreEqual(string one, string other) => Assert.Equal(SuppressionParts.Hash(one), SuppressionParts.Hash(other));

    [Theory]
    [InlineData("jane@example.com", "ja.ne@example.com")]
    [InlineData("jane@example.com", "jane@example.org")]
    [InlineData("jane@example.com", "+jane@example.com")]
    [InlineData("jane@example.com", "jane-news@example.com")]
    public void L12_Of_DifferentMailboxes_Differ(string one, string other) => Assert.NotEqual(SuppressionParts.Hash(one), SuppressionParts.Hash(other));

    [Fact]
    public void Of_AnotherKey_GivesAnotherHash() =>
        Assert.NotEqual(SuppressionParts.Hash("jane@example.com"), new SuppressionKey(new byte[32]).Of(Models.Mailbox("jane@example.com")));

    [Fact]
    public void LoadOrCreate_Again_IsTheSameKeyAndNobodyElses()
    {
        var first = SuppressionKey.LoadOrCreate(_directory, isNeeded: false).Of(Models.Mailbox("jane@example.com"));

        Assert.Equal(first, SuppressionKey.LoadOrCreate(_directory, isNeeded: true).Of(Models.Mailbox("jane@example.com")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "suppression.key")));
    }

    [Fact]
    public void LoadOrCreate_NeededAndMissing_IsRefused() =>
        Assert.Contains("suppression.key is missing", Assert.Throws<StoreDamagedException>(() => SuppressionKey.LoadOrCreate(_directory, isNeeded: true)).Message);

    [Fact]
    public void LoadOrCreate_NoKey_IsRefusedAndLeftAsItIs()
    {
        File.WriteAllText(Path.Combine(_directory, "suppression.key"), "short");

        Assert.Throws<StoreDamagedException>(() => SuppressionKey.LoadOrCreate(_directory, isNeeded: false));
        Assert.Equal("short", File.ReadAllText(Path.Combine(_directory, "suppression.key")));
    }
}
