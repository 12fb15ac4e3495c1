using System.Text;
using OutreachRelay.Protocols.Dsn;

namespace OutreachRelay.Protocols.Tests.Dsn;

public class ReportAddressTests
{
    [Theory]
    [InlineData("rfc822; joe@example.net", "rfc822", "joe@example.net")]
    [InlineData("RFC822;joe@example.net", "rfc822", "joe@example.net")]
    [InlineData("rfc822; <joe@example.net>", "rfc822", "joe@example.net")]
    [InlineData("rfc822; Joe Doe <joe@example.net>", "rfc822", "joe@example.net")]
    [InlineData("rfc822; joe@example.net (Joe)", "rfc822", "joe@example.net")]
    [InlineData("rfc822; \"joe (x) doe\"@example.net", "rfc822", "\"joe (x) doe\"@example.net")]
    [InlineData("joe@example.net", "", "joe@example.net")]
    [InlineData("x400; /G=Joe/S=Doe/", "x400", "/G=Joe/S=Doe/")]
    [InlineData("utf-8; jürgen@bücher.example", "utf-8", "jürgen@bücher.example")]
    [InlineData("utf-8; j\\x{FC}rgen@b\\x{1F4DA}.example", "utf-8", "jürgen@b\U0001F4DA.example")]
    [InlineData("utf-8; a\\x{D800}b\\x{0}c\\x{@d", "utf-8", "a\\x{D800}b\\x{0}c\\x{@d")]
    [InlineData("rfc822; joe+40example.net", "rfc822", "joe@example.net")]
    [InlineData("rfc822; bounce+2Bjoe+3Dexample.net@example.com", "rfc822", "bounce+joe=example.net@example.com")]
    [InlineData("rfc822; joe+20@example.net", "rfc822", "joe+20@example.net")]
    [InlineData("rfc822; joe+tag@example.net", "rfc822", "joe+tag@example.net")]
    [InlineData("rfc822; joe+0Ax", "rfc822", "joe+0Ax")]
    public void Parse_AnyForm_GivesTypeAndAddress(string value, string type, string address) =>
        Assert.Equal(new ReportAddress(type, address), ReportAddress.Parse(Encoding.UTF8.GetBytes(value)));

    [Theory]
    [InlineData("")]
    [InlineData("rfc822;")]
    [InlineData("rfc822; <>")]
    public void Parse_Nothing_GivesNone(string value) => Assert.Null(ReportAddress.Parse(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void Parse_TooLong_GivesNoneRatherThanAnother()
    {
        Assert.NotNull(ReportAddress.Parse(Encoding.UTF8.GetBytes(new string('a', 994) + "@b.ex")));
        Assert.Null(ReportAddress.Parse(Encoding.UTF8.GetBytes(new string('a', 996) + "@b.ex")));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a+2Bb+3Dc", "a+b=c")]
    [InlineData("+C3+BC", "ü")]
    public void TryDecode_Xtext_GivesTheText(string text, string expected)
    {
        Assert.True(Xtext.TryDecode(text, out var decoded));
        Assert.Equal(expected, decoded);
    }

    [Theory]
    [InlineData("a+2b")]
    [InlineData("a+")]
    [InlineData("a+4")]
    [InlineData("+FF")]
    [InlineData("+0D+0A")]
    public void TryDecode_NoXtext_Fails(string text) => Assert.False(Xtext.TryDecode(text, out _));
}
