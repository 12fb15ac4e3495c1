using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp;

public sealed class EnhancedStatusCodeTests
{
    [Theory]
    [InlineData("2.0.0 OK", "2.0.0", 6)]
    [InlineData("5.7.11 Encryption", "5.7.11", 7)]
    [InlineData("4.999.999", "4.999.999", 9)]
    public void TryParse_CodeInFront_IsRead(string text, string code, int length)
    {
        Assert.True(EnhancedStatusCode.TryParse(Encoding.ASCII.GetBytes(text), out var parsed, out var skipped));
        Assert.Equal((code, length), (parsed.ToString(), skipped));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2.0.")]
    [InlineData("OK 2.0.0")]
    [InlineData("3.0.0 go on")]
    [InlineData("5.1000.1 x")]
    [InlineData("5.1.1000 x")]
    [InlineData("5.-1.1 x")]
    [InlineData("5.1.1x")]
    [InlineData("5.1 x")]
    [InlineData("51.1.1 x")]
    [InlineData("5.1.99999999999 x")]
    public void TryParse_NoCodeInFront_IsNone(string text)
    {
        Assert.False(EnhancedStatusCode.TryParse(Encoding.ASCII.GetBytes(text), out var code, out var length));
        Assert.True(code.IsNone);
        Assert.Equal((0, ""), (length, code.ToString()));
    }
}
