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

    [Fact]
    public async Task R12_PipelinedGroup_IsAnsweredInOneFlush()
    {
        const string group = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n";
        await using var session = await SessionUnderTest.GreetedAsync(isOctetwise: true);
        await session.SendAsync(group);
        await session.RestAsync();
        Assert.Equal(3, session.Flushes);
        await session.SendAsync("Subject: x\r\n.\r\n" + group);
        await session.RestAsync();
        Assert.Equal(4, session.Flushes);
        Assert.Equal(2, session.Handler.Begun);
    }

    [Theory]
    [InlineData(false, "ESMTP", "ESMTPA")]
    [InlineData(true, "ESMTPS", "ESMTPSA")]
    public async Task ProtocolKeyword_SaysHowTheMessageCame(bool isEncrypted, string before, string after)
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { IsEncrypted = isEncrypted });
        Assert.Equal(("client.example", before), (session.Session.HeloName, session.Session.ProtocolKeyword));
        await session.AskAsync("AUTH PLAIN AHVzZXIAcGFzcw==");
        Assert.Equal(after, session.Session.ProtocolKeyword);
        await session.AskAsync("HELO client.example");
        Assert.Equal("SMTP", session.Session.ProtocolKeyword);
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
    public async Task R42_ProxyHeaderAsACommand_ClosesTheSession()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\nMAIL FROM:<evil@client.example>\r\n");
        Assert.StartsWith("500 5.5.1 ", await session.ReplyAsync());
        Assert.Equal("", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
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
