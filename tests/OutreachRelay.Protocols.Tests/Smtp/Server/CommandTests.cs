using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

public sealed class CommandTests
{
    [Theory]
    [InlineData(512, "250 ")]
    [InlineData(2048, "250 ")]
    [InlineData(2049, "500 5.5.2 ")]
    [InlineData(500_000, "500 5.5.2 ")]
    public async Task R8_CommandLineOfLength_IsReadUpToTheLimit(int length, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith(reply, await session.AskAsync("NOOP " + new string('x', length - 7)));
        Assert.StartsWith("250 2.0.0 ", await session.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData(12288, "501 5.5.2 ")]
    [InlineData(12289, "500 5.5.6 ")]
    public async Task R8_AuthLineOfLength_IsReadUpToItsOwnLimit(int length, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith(reply, await session.AskAsync("AUTH PLAIN " + new string('!', length - 13)));
        Assert.StartsWith("334", await session.AskAsync("AUTH PLAIN"));
        Assert.StartsWith(reply, await session.AskAsync(new string('!', length - 2)));
        Assert.StartsWith("250 2.0.0 ", await session.AskAsync("NOOP"));
    }

    [Fact]
    public async Task R8_LineWithoutEnd_ClosesTheSession()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        var chunk = new string('x', 64 * 1024);
        for (var i = 0; i < 160; i++)
            await session.SendAsync(chunk);
        Assert.Equal("421 4.5.2 The line has no end", await session.ReplyAsync());
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
    }

    [Theory]
    [InlineData("NOOP\0")]
    [InlineData("\0")]
    [InlineData("NO\0OP")]
    [InlineData("MAIL FROM:<a\0@client.example>")]
    [InlineData("NOOP a\rb")]
    public async Task R9_ControlInCommand_IsRefused(string line)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("501 5.5.2 ", await session.AskAsync(line));
    }

    [Fact]
    public async Task BareLf_EndsALineThatIsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.SendAsync("MAIL FROM:<a@client.example>\nNOOP\r\n");
        Assert.StartsWith("500 5.5.2 ", await session.ReplyAsync());
        Assert.StartsWith("250 2.0.0 ", await session.ReplyAsync());
        Assert.Empty(session.Handler.Mails);
    }

    [Theory]
    [InlineData("MAIL FROM: <a@client.example>")]
    [InlineData("mail from:<a@client.example>")]
    [InlineData("MAIL FROM:<a@client.example>  ")]
    [InlineData("Mail  From:<a@client.example> body=8bitmime size=0 ")]
    [InlineData("MAIL FROM:<@x.example,@y.example:a@client.example>")]
    public async Task R15_ToleratedForms_AreAccepted(string line)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("250 2.1.0 ", await session.AskAsync(line));
        Assert.Equal("a@client.example", Assert.Single(session.Handler.Mails).ReversePath!.ToString());
    }

    [Fact]
    public async Task R16_NullReversePath_IsAValueOfItsOwn()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("250 ", await session.AskAsync("MAIL FROM:<>"));
        Assert.Null(Assert.Single(session.Handler.Mails).ReversePath);
    }

    [Theory]
    [InlineData("RCPT TO:<Postmaster>")]
    [InlineData("rcpt to: <POSTMASTER>")]
    public async Task R17_PostmasterWithoutDomain_IsHandedOver(string line)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("250 ", await session.AskAsync(line));
        Assert.Equal(new RcptCommand(null, IsPostmaster: true), Assert.Single(session.Handler.Rcpts));
    }

    [Theory]
    [InlineData("\"a b\"@d.example", "a b")]
    [InlineData("\"a\\\"b\"@d.example", "a\"b")]
    [InlineData("\"a@b\"@d.example", "a@b")]
    [InlineData("\"a>b\"@d.example", "a>b")]
    public async Task R18_QuotedLocalPart_IsKept(string address, string localPart)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("250 ", await session.AskAsync($"RCPT TO:<{address}>"));
        var recipient = Assert.Single(session.Handler.Rcpts).Recipient!;
        Assert.Equal((localPart, address), (recipient.LocalPart, recipient.ToString()));
    }

    [Theory]
    [InlineData("<\"a\0b\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\rb\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\\\rb\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\\\0b\"@d.example>", "553 5.1.3")]
    [InlineData("<\"a\x7f\"@d.example>", "553 5.1.3")]
    [InlineData("<a@[192.0.2.1]>", "550 5.1.2")]
    [InlineData("<a@[IPv6:::1]>", "550 5.1.2")]
    [InlineData("<a@localhost>", "553 5.1.3")]
    [InlineData("<a@x..example>", "553 5.1.3")]
    [InlineData("<a@.example>", "553 5.1.3")]
    [InlineData("<>", "553 5.1.3")]
    [InlineData("<a>", "553 5.1.3")]
    [InlineData("<@x.example:>", "553 5.1.3")]
    [InlineData("<@x.example>", "553 5.1.3")]
    [InlineData("a@d.example", "501 5.5.4")]
    [InlineData("<a@d.example", "501 5.5.4")]
    [InlineData("<\"a@d.example>", "501 5.5.4")]
    [InlineData("<a@d.example>x", "501 5.5.4")]
    [InlineData("", "501 5.5.4")]
    public async Task R18_R19_BadRecipient_IsRefused(string path, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith(reply, await session.AskAsync("RCPT TO:" + path));
        Assert.Empty(session.Handler.Rcpts);
    }

    [Theory]
    [InlineData(64, "")]
    [InlineData(63, "a.")]
    public async Task R19_TooLongLabelOrPath_IsRefused(int label, string repeated)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        var domain = new string('d', label) + "." + string.Concat(Enumerable.Repeat(repeated, 120)) + "example";
        Assert.StartsWith("553 5.1.3", await session.AskAsync($"RCPT TO:<a@{domain}>"));
    }

    [Fact]
    public async Task R20_IdnRecipients_NeedSmtpUtf8()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example> SMTPUTF8");
        await session.SendAsync(Encoding.UTF8.GetBytes("RCPT TO:<jörg@bücher.example>\r\n"));
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal("xn--bcher-kva.example", Assert.Single(session.Handler.Rcpts).Recipient!.AsciiDomain);
        Assert.StartsWith("553 5.1.3 ", await session.AskAsync("RCPT TO:<j\xF6rg@example.org>"));
        Assert.Equal("UTF8SMTP", session.Session.ProtocolKeyword);
    }

    [Fact]
    public async Task R20_NonAsciiReversePathWithoutSmtpUtf8_IsRefused()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("553 5.6.7", await session.AskAsync("MAIL FROM:<j\xC3\xB6rg@client.example>"));
    }

    [Theory]
    [InlineData("EHLO my_host", "250-")]
    [InlineData("EHLO [192.0.2.1]", "250-")]
    [InlineData("EHLO [IPv6:2001:db8::1]", "250-")]
    [InlineData("EHLO", "501 5.5.4")]
    [InlineData("HELO ", "501 5.5.4")]
    [InlineData("EHLO two words", "501 5.5.4")]
    [InlineData("EHLO (comment)", "501 5.5.4")]
    [InlineData("HELO my_host", "250 mx.example")]
    public async Task R21_Hello_TakesWhatClientsCallThemselves(string line, string reply)
    {
        await using var session = new SessionUnderTest();
        await session.ReplyAsync();
        Assert.StartsWith(reply, await session.AskAsync(line));
    }

    [Theory]
    [InlineData(255, "250-")]
    [InlineData(256, "501 5.5.4")]
    public async Task R21_HelloOfLength_IsLimited(int length, string reply)
    {
        await using var session = new SessionUnderTest();
        await session.ReplyAsync();
        Assert.StartsWith(reply, await session.AskAsync("EHLO " + new string('h', length)));
    }

    [Theory]
    [InlineData("SIZE=1001", "552 5.3.4")]
    [InlineData("SIZE=99999999999999999999", "552 5.3.4")]
    [InlineData("SIZE=1000", "250")]
    [InlineData("SIZE=abc", "501 5.5.4")]
    [InlineData("SIZE=123456789012345678901234567890", "501 5.5.4")]
    [InlineData("SIZE=-1", "501 5.5.4")]
    [InlineData("SIZE=", "501 5.5.4")]
    [InlineData("SIZE", "501 5.5.4")]
    [InlineData("SIZE=1 size=1", "501 5.5.4")]
    [InlineData("SIZE=1=1", "501 5.5.4")]
    [InlineData("=1", "501 5.5.4")]
    [InlineData("BODY=7BIT", "250")]
    [InlineData("BODY=9BIT", "501 5.5.4")]
    [InlineData("SMTPUTF8=1", "501 5.5.4")]
    [InlineData("AUTH=<>", "250")]
    [InlineData("AUTH=e+3Dmc2@example.com", "250")]
    [InlineData("AUTH=e+3dmc2@example.com", "501 5.5.4")]
    [InlineData("AUTH=e+3", "501 5.5.4")]
    public async Task R22_MailParameter_IsChecked(string parameter, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { MaxMessageSize = 1000 });
        Assert.StartsWith(reply, await session.AskAsync("MAIL FROM:<a@client.example> " + parameter));
    }

    [Theory]
    [InlineData("BODY=BINARYMIME")]
    [InlineData("RET=HDRS")]
    [InlineData("ENVID=QQ314159")]
    [InlineData("FOO=bar")]
    [InlineData("FOO")]
    public async Task R11_R36_R37_MailParameterNotOffered_IsRefused(string parameter)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        Assert.StartsWith("555 5.5.4", await session.AskAsync("MAIL FROM:<a@client.example> " + parameter));
        Assert.Empty(session.Handler.Mails);
    }

    [Theory]
    [InlineData("NOTIFY=NEVER")]
    [InlineData("ORCPT=rfc822;b@example.org")]
    [InlineData("FOO=bar")]
    public async Task R36_R37_RcptParameterNotOffered_IsRefused(string parameter)
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.AskAsync("MAIL FROM:<a@client.example>");
        Assert.StartsWith("555 5.5.4", await session.AskAsync("RCPT TO:<b@example.org> " + parameter));
        Assert.Empty(session.Handler.Rcpts);
    }

    [Fact]
    public async Task R27_TwoHundredRecipientsInOnePacket_AreAnsweredInOrder()
    {
        var handler = new RecordingHandler
        {
            OnRcpt = rcpt => int.Parse(rcpt.Recipient!.LocalPart) < 100
                ? new SmtpReply(250, 2, 1, 5, rcpt.Recipient.LocalPart) : new SmtpReply(452, 4, 5, 3, rcpt.Recipient.LocalPart),
        };
        await using var session = await SessionUnderTest.GreetedAsync(handler: handler);
        await session.SendAsync("MAIL FROM:<a@client.example>\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"RCPT TO:<{i}@example.org>\r\n")) + "DATA\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        for (var i = 0; i < 200; i++)
            Assert.Equal(i < 100 ? $"250 2.1.5 {i}" : $"452 4.5.3 {i}", await session.ReplyAsync());
        Assert.StartsWith("354 ", await session.ReplyAsync());
    }

    [Fact]
    public async Task R27_SixtyRefusedCommands_EndIn421AfterTheLimit()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.SendAsync(string.Concat(Enumerable.Repeat("XYZZY\r\n", 60)));
        for (var i = 0; i < 20; i++)
            Assert.StartsWith("500 5.5.1 ", await session.ReplyAsync());
        Assert.StartsWith("421 4.7.0 ", await session.ReplyAsync());
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.TooManyErrors, await session.EndAsync());
    }

    [Fact]
    public async Task R35_BdatWhileNotOffered_ClosesBeforeItsOctetsAreRead()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.SendAsync("BDAT 30 LAST\r\nMAIL FROM:<evil@client.example>\r\n");
        Assert.StartsWith("502 5.5.1", await session.ReplyAsync());
        Assert.Equal("", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
        Assert.Empty(session.Handler.Mails);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\n")]
    [InlineData("GET /?q=1 HTTP/1.0\r\n")]
    [InlineData("Host: localhost:2525\r\n")]
    public async Task HttpRequest_IsClosedBeforeItsBodyIsRead(string line)
    {
        await using var session = new SessionUnderTest();
        await session.SendAsync(line + "\r\nEHLO evil\r\nMAIL FROM:<evil@client.example>\r\n");
        Assert.Equal("220 mx.example ESMTP\r\n500 5.5.1 This is not an HTTP server\r\n", await session.CloseAsync());
        Assert.Empty(session.Handler.Mails);
    }

    [Fact]
    public async Task R54_LongReply_IsCutBetweenCharacters()
    {
        var handler = new RecordingHandler { OnMail = _ => new SmtpReply(550, 5, 7, 1, new string('é', 400) + "\nsecond\rline\0" + new string('x', 600)) };
        await using var session = await SessionUnderTest.GreetedAsync(handler: handler);
        await session.SendAsync("MAIL FROM:<a@client.example>\r\n");
        var first = await session.LineAsync();
        Assert.InRange(first.Length, 509, 510);
        Assert.Equal("550-5.7.1 " + new string('é', 250), Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(first)));
        var second = await session.LineAsync();
        Assert.StartsWith("550 5.7.1 second?line?xxx", second);
        Assert.Equal(510, second.Length);
    }

    [Fact]
    public async Task R54_HandlerReplyWithoutEnhancedCode_GetsOne()
    {
        await using var session = await SessionUnderTest.GreetedAsync(handler: new RecordingHandler { OnMail = _ => new SmtpReply(451, "Later") });
        Assert.Equal("451 4.0.0 Later", await session.AskAsync("MAIL FROM:<a@client.example>"));
    }

    [Fact]
    public async Task TurnAway_IsSentInPlaceOfTheGreeting()
    {
        await using var session = new SessionUnderTest(SessionUnderTest.Defaults with { TurnAway = new SmtpReply(421, 4, 7, 0, "Too many connections") });
        Assert.Equal("421 4.7.0 Too many connections", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.TurnedAway, await session.EndAsync());
    }
}
