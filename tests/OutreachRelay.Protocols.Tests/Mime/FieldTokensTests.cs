using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class FieldTokensTests
{
    [Theory]
    [InlineData(" multipart/report; report-type=delivery-status", "multipart/report|report-type|delivery-status")]
    [InlineData("(a (b)) text/plain (c);\r\n charset = \"us ascii\" ;", "text/plain|charset|us ascii")]
    [InlineData("a(b)c", "a|c")]
    [InlineData("\"open", "open")]
    [InlineData("(open", "")]
    [InlineData(" ; = ;", "")]
    public void TryRead_Values_GivesWords(string value, string expected)
    {
        var words = new List<string>();
        var tokens = new FieldTokens(Encoding.ASCII.GetBytes(value));
        while (tokens.TryRead(out var token))
            words.Add(Encoding.ASCII.GetString(token));
        Assert.Equal(expected, string.Join('|', words));
    }

    [Theory]
    [InlineData("host (Product) x", true)]
    [InlineData("host\r\n\t(Product)", true)]
    [InlineData("host (Product 1)", false)]
    [InlineData("host (Product", false)]
    [InlineData("host", false)]
    public void NextIsComment_BehindAWord_ComparesTheWholeComment(string value, bool expected)
    {
        var tokens = new FieldTokens(Encoding.ASCII.GetBytes(value));
        Assert.True(tokens.TryRead(out _));
        Assert.Equal(expected, tokens.NextIsComment("Product"u8));
    }
}
