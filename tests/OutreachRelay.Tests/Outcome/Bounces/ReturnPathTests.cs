using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;

namespace OutreachRelay.Tests.Outcome.Bounces;

public sealed class ReturnPathTests
{
    private const string Token = "0123456789abcdef01234567";

    private static readonly TokenKeys Keys = KeysOf("the first key of the ring");

    [Fact]
    public void Make_Token_IsFoundAgainAndFitsALocalPart()
    {
        var (local, domain) = Split(ReturnPath.Make(Token, "bounce.acme-mail.example", Keys));

        Assert.Equal("bounce.acme-mail.example", domain);
        Assert.InRange(local.Length, 1, 64);
        Assert.Equal(Token, ReturnPath.FindToken(local, Keys));
    }

    [Fact]
    public void FindToken_ServerChangedTheCase_IsFound() =>
        Assert.Equal(Token, ReturnPath.FindToken(Split(ReturnPath.Make(Token, "b.example", Keys)).Local.ToUpperInvariant(), Keys));

    [Fact]
    public void F5_FindToken_OldKeyStillInTheRing_IsFound()
    {
        var old = Split(ReturnPath.Make(Token, "b.example", Keys)).Local;

        Assert.Equal(Token, ReturnPath.FindToken(old, KeysOf("a new key before the old one", "the first key of the ring")));
        Assert.Null(ReturnPath.FindToken(old, KeysOf("a new key without the old one")));
    }

    [Fact]
    public void F26_FindToken_AnyCharacterChanged_IsNobodys()
    {
        var local = Split(ReturnPath.Make(Token, "b.example", Keys)).Local;

        for (var at = 0; at < local.Length; at++)
        {
            var changed = local.ToCharArray();
            changed[at] = changed[at] == '0' ? '1' : '0';
            Assert.Null(ReturnPath.FindToken(changed, Keys));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("b-")]
    [InlineData("b--")]
    [InlineData("postmaster")]
    [InlineData("b-0123456789abcdef01234567")]
    [InlineData("b-0123456789abcdef01234567-")]
    [InlineData("b-0123456789abcdef01234567-00000000000000000000000000000000")]
    [InlineData("b-0123456789abcdef01234567-zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("b--00000000000000000000000000000000")]
    [InlineData("b-ä-00000000000000000000000000000000")]
    public void F26_FindToken_Invented_IsNobodys(string local) => Assert.Null(ReturnPath.FindToken(local, Keys));

    [Fact]
    public void FindToken_Endless_IsNobodys() => Assert.Null(ReturnPath.FindToken("b-" + new string('a', 100_000) + "-" + new string('0', 32), Keys));

    private static TokenKeys KeysOf(params string[] keys)
    {
        Assert.True(TokenKeys.TryParse(string.Join(',', keys.Select(static key => key.Replace(' ', '-'))), out var ring, out _));
        return ring;
    }

    private static (string Local, string Domain) Split(string address) => (address[..address.IndexOf('@')], address[(address.IndexOf('@') + 1)..]);
}
