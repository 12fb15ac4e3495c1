using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Outcome.Unsubscribe;

namespace OutreachRelay.Tests.Outcome.Unsubscribe;

public sealed class OneClickBodyTests
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData("list-unsubscribe=one-click", true)]
    [InlineData("a=b&List-Unsubscribe=One-Click&c=d", true)]
    [InlineData("List%2DUnsubscribe=One%2DClick", true)]
    [InlineData("List-Unsubscribe=One-Click&List-Unsubscribe=No", true)]
    [InlineData("List-Unsubscribe", false)]
    [InlineData("List-Unsubscribe=", false)]
    [InlineData("=One-Click", false)]
    [InlineData("%%%=%%%&&&&", false)]
    public void Asks_UrlEncoded_IsReadAsAForm(string body, bool asks) => Assert.Equal(asks, OneClickBody.Asks(Form, Encoding.ASCII.GetBytes(body)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=\"\"")]
    [InlineData("multipart/mixed; boundary=a")]
    public void Asks_NoForm_DoesNot(string? type) => Assert.False(OneClickBody.Asks(type, "List-Unsubscribe=One-Click"u8));

    [Theory]
    [InlineData("--b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--b--", true)]
    [InlineData("preamble\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--", true)]
    [InlineData("--b\r\nContent-Disposition: attachment; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--", false)]
    [InlineData("--b\r\n\r\nOne-Click\r\n--b--", false)]
    [InlineData("--b--\r\n", false)]
    public void Asks_Multipart_IsReadByItsParts(string body, bool asks) =>
        Assert.Equal(asks, OneClickBody.Asks("multipart/form-data; boundary=b", Encoding.ASCII.GetBytes(body)));

    [Fact]
    public void Asks_AnyOctets_EndsWithAnAnswer() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), octets =>
        {
            _ = OneClickBody.Asks("multipart/form-data; boundary=--b", [.. "--b\r\n"u8, .. octets]);
            return !OneClickBody.Asks(Form, [.. "x="u8, .. octets.Where(octet => octet != '&')]);
        }));
}
