using System.Diagnostics;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Tests.Mime;

public sealed class EncodedTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c")]
    [InlineData("a =?utf-8?q?b?= c", "a b c")]
    [InlineData("x=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E4?=", "xaä")]
    [InlineData("=?utf-8?b?4oKs4oKs?= =?utf-8?q?=zz_=?=", "€€=zz =")]
    [InlineData("=?utf-8?b?4o?= =?utf-8?b?Ks?=", "\uFFFD*")]
    [InlineData("=?utf-8?b??=", "")]
    [InlineData("=?utf-8?x?a?= =?", "=?utf-8?x?a?= =?")]
    [InlineData("=?utf-8?q?no end", "=?utf-8?q?no end")]
    public void TryDecode_Values_AreDecoded(string value, string text)
    {
        Assert.True(EncodedText.TryDecode(Encoding.ASCII.GetBytes(value), out var decoded));
        Assert.Equal(text, decoded);
    }

    [Theory]
    [InlineData("UTF-8", "J\u00e4ne \u5c71")]
    [InlineData("iso-8859-1", "J\u00e4ne")]
    [InlineData("iso-8859-2", "Ji\u0159\u00ed")]
    [InlineData("ISO-8859-15", "10 \u20ac")]
    [InlineData("windows-1250", "\u017eena")]
    [InlineData("windows-1251", "\u041e\u043b\u044f")]
    [InlineData("windows-1252", "\u201cJ\u201d")]
    [InlineData("koi8-r", "\u041e\u043b\u044f")]
    [InlineData("gb2312", "\u4f60\u597d")]
    [InlineData("gb18030", "\u4f60\u597d")]
    [InlineData("big5", "\u4f60\u597d")]
    [InlineData("shift_jis", "\u5c71\u7530")]
    [InlineData("euc-jp", "\u5c71\u7530")]
    [InlineData("iso-2022-jp", "\u5c71\u7530")]
    [InlineData("euc-kr", "\uc548\ub155")]
    [InlineData("ks_c_5601-1987", "\uc548\ub155")]
    public void W6_CharsetsOfMail_AreKnown(string charset, string text)
    {
        var octets = Charsets.Find(Encoding.ASCII.GetBytes(charset))!.GetBytes(text);
        var word = $"=?{charset.ToUpperInvariant()}?B?{Convert.ToBase64String(octets)}?=";
        Assert.True(EncodedText.TryDecode(Encoding.ASCII.GetBytes(word), out var decoded));
        Assert.Equal(text, decoded);
    }

    [Fact]
    public void TryDecode_WindowsTextUnderTheIsoName_IsReadAsMeant()
    {
        Assert.True(EncodedText.TryDecode("=?iso-8859-1?Q?=93J=94?="u8, out var text));
        Assert.Equal("\u201cJ\u201d", text);
    }

    [Theory]
    [InlineData("=?utf-7?Q?+AGE-?=")]
    [InlineData("=?x-unknown?Q?a?=")]
    [InlineData("=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?Q?a?=")]
    public void W6_UnknownCharset_IsAFailure(string value) => Assert.False(EncodedText.TryDecode(Encoding.ASCII.GetBytes(value), out _));

    [Theory]
    [InlineData("=")]
    [InlineData("=?")]
    [InlineData("=?a?b?")]
    [InlineData("=?utf-8?q?a?=")]
    [InlineData("=?utf-8?q?a?= =?koi8-r?b?YQ==?= ")]
    [InlineData("=?no?q?a?=")]
    public void W8_OneMegabyteOfOnePiece_IsDecodedInLinearTime(string piece)
    {
        var value = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)));
        var watch = Stopwatch.StartNew();
        EncodedText.TryDecode(value, out _);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }
}
