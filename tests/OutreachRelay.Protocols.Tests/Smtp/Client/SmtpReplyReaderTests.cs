using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpReplyReaderTests
{
    [Theory]
    [InlineData("250 2.1.0 ok\r\n", 250, "2.1.0", "ok")]
    [InlineData("250 ok\n", 250, "", "ok")]
    [InlineData("250\r\n", 250, "", "")]
    [InlineData("250 \r\n", 250, "", "")]
    [InlineData("250-\r\n250\r\n", 250, "", "\n")]
    [InlineData("550-5.1.1 no such\r\n550 5.1.1 user\r\n", 550, "5.1.1", "no such\nuser")]
    [InlineData("550-5.1.1 no such\r\n550 5.7.1 user\r\n", 550, "5.1.1", "no such\n5.7.1 user")]
    [InlineData("571 policy\r\n", 571, "", "policy")]
    public void S32_Reply_InAnyFormThatServersUse_IsUnderstood(string octets, int code, string enhanced, string text)
    {
        var reply = Read(octets);
        Assert.Equal((code, enhanced, text), (reply!.Code, reply.Enhanced.ToString(), reply.Text));
    }

    [Fact]
    public void S32_Reply_OneOctetAtATime_IsUnderstood()
    {
        var reader = new SmtpReplyReader();
        SmtpReply? reply = null;
        var statuses = "250-2.0.0 a\r\n250 2.0.0 b\r\n"u8.ToArray().Select(octet => reader.Read([octet], out _, out reply)).ToList();
        Assert.All(statuses[..^1], status => Assert.Equal(SmtpReplyStatus.Incomplete, status));
        Assert.Equal("250 2.0.0 a\nb", reply!.ToString());
    }

    [Fact]
    public void S34_Read_TwoReplies_TakesTheFirstOnly()
    {
        var reader = new SmtpReplyReader();
        reader.Read("250 one\r\n451 two\r\n"u8, out var consumed, out var first);
        reader.Read("451 two\r\n"u8, out _, out var second);
        Assert.Equal((9, 250, 451), (consumed, first!.Code, second!.Code));
    }

    [Theory]
    [InlineData("250-one\r\n251 two\r\n")]
    [InlineData("250-one\r\ntwo\r\n")]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("2500 ok\r\n")]
    [InlineData("250_ok\r\n")]
    [InlineData("150 ok\r\n")]
    [InlineData("650 ok\r\n")]
    [InlineData(" 250 ok\r\n")]
    [InlineData("2a0 ok\r\n")]
    public void S33_Reply_WithBadOrDifferingCodes_IsMalformed(string octets) =>
        Assert.Equal(SmtpReplyStatus.Malformed, new SmtpReplyReader().Read(Encoding.Latin1.GetBytes(octets), out _, out _));

    [Fact]
    public void S32_Line_LongerThan512Octets_IsCut()
    {
        var reply = Read("250 " + new string('x', 2000) + "\r\n");
        Assert.Equal(new string('x', 508), reply!.Text);
    }

    [Fact]
    public void S32_Line_CutInACharacter_KeepsTheCharactersBefore()
    {
        var reply = Read(Encoding.UTF8.GetBytes("250 x" + new string('é', 1000) + "\r\n"));
        Assert.Equal("x" + new string('é', 253), reply!.Text);
    }

    [Fact]
    public void S32_Reply_Of64KiB_IsUnderstoodAndItsTextCut()
    {
        var line = "250-" + new string('x', 58) + "\r\n";
        var octets = string.Concat(Enumerable.Repeat(line, 1023)) + line.Replace('-', ' ');
        var reply = Read(octets);
        Assert.Equal(SmtpReplyReader.MaxTotal, octets.Length);
        Assert.InRange(reply!.Text.Length, SmtpReplyReader.MaxText / 2, SmtpReplyReader.MaxText);
    }

    [Theory]
    [InlineData("250-more\r\n")]
    [InlineData("x")]
    public void S32_Reply_WithoutEnd_IsMalformedAtTheCap(string piece)
    {
        var reader = new SmtpReplyReader();
        var octets = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, 1 + (SmtpReplyReader.MaxTotal / piece.Length))));
        Assert.Equal(SmtpReplyStatus.Malformed, reader.Read(octets, out var consumed, out _));
        Assert.InRange(consumed, 0, SmtpReplyReader.MaxTotal + 10);
    }

    [Theory]
    [InlineData("250 caf\xE9\r\n", "café")]
    [InlineData("250 caf\xC3\xA9\r\n", "café")]
    [InlineData("250 a\0b\x1B[31mred\x07\r\n", @"a\x00b\x1B[31mred\x07")]
    [InlineData("250 a\rb\tc\x7F\r\n", @"a\x0Db\x09c\x7F")]
    [InlineData("250 \xE2\x80\xAEmoc\r\n", @"\u202Emoc")]
    [InlineData("250 <b>bold</b>\r\n", "<b>bold</b>")]
    public void S35_Text_WithOddOctets_IsKeptPrintable(string latin1, string text) => Assert.Equal(text, Read(latin1)!.Text);

    [Fact]
    public void Read_RandomOctets_NeverThrowsAndStaysBounded()
    {
        var random = new Random(7321);
        for (var round = 0; round < 2000; round++)
        {
            var octets = new byte[random.Next(1, 400)];
            for (var i = 0; i < octets.Length; i++)
                octets[i] = "0123456789 -.\r\n\nabc\xFF"u8[random.Next(20)];
            var reader = new SmtpReplyReader();
            var status = reader.Read(octets, out var consumed, out var reply);
            Assert.InRange(consumed, 1, octets.Length);
            Assert.Equal(status == SmtpReplyStatus.Complete, reply is not null);
        }
    }

    private static SmtpReply? Read(string latin1) => Read(Encoding.Latin1.GetBytes(latin1));

    private static SmtpReply? Read(byte[] octets)
    {
        Assert.Equal(SmtpReplyStatus.Complete, new SmtpReplyReader().Read(octets, out var consumed, out var reply));
        Assert.Equal(octets.Length, consumed);
        return reply;
    }
}
