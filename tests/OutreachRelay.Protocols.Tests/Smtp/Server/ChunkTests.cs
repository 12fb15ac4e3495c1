using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>BDAT (RFC 3030).</summary>
public sealed class ChunkTests
{
    private static readonly SmtpServerOptions Small = SessionUnderTest.Defaults with { MaxMessageSize = 100, MaxDrainedContent = 1000 };

    [Theory]
    [InlineData("Subject: x\r\n\r\nhello\r\n")]
    [InlineData(".\r\n..\r\n.\r\nMAIL FROM:<evil@client.example>\r\n.\r\n")]
    public async Task R35_OneChunk_IsTheContentAsItIs(string content)
    {
        await using var session = await OpenedAsync();
        await session.SendAsync($"BDAT {content.Length} LAST\r\n{content}");
        Assert.Equal("250 2.0.0 queued", await session.ReplyAsync());
        Assert.Equal(content, Assert.Single(session.Handler.Messages).Text);
        Assert.StartsWith("503 5.5.1 Send MAIL first", await session.AskAsync("BDAT 0 LAST"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task R35_ManyChunks_AreOneMessage(int size)
    {
        const string content = "Subject: x\r\n\r\n.\r\nhello\r\n";
        await using var session = await OpenedAsync();
        foreach (var chunk in content.Chunk(size))
        {
            await session.SendAsync($"bdat {chunk.Length}\r\n{new string(chunk)}");
            Assert.Equal($"250 2.0.0 {chunk.Length} octets received", await session.ReplyAsync());
        }
        Assert.Equal("250 2.0.0 queued", await session.AskAsync("BDAT 0 last"));
        Assert.Equal(content, Assert.Single(session.Handler.Messages).Text);
        Assert.Equal(1, session.Handler.Begun);
    }

    [Fact]
    public async Task R35_PipelinedChunks_AreAnsweredInOrder()
    {
        await using var session = await SessionUnderTest.GreetedAsync();
        await session.SendAsync(
            "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nBDAT 6\r\nA: b\r\nBDAT 3 LAST\r\n\r\nxQUIT\r\n");
        string[] expected = ["250 2.1.0 OK", "250 2.1.0 OK", "250 2.0.0 6 octets received", "250 2.0.0 queued", "221 2.0.0 Bye"];
        foreach (var reply in expected)
            Assert.Equal(reply, await session.ReplyAsync());
        Assert.Equal("A: b\r\n\r\nx\r\n", Assert.Single(session.Handler.Messages).Text);
    }

    [Fact]
    public async Task R35_SentOctetwise_IsTaken()
    {
        await using var session = await SessionUnderTest.GreetedAsync(isOctetwise: true);
        await session.OpenAsync();
        await session.SendOctetwiseAsync("BDAT 8\r\nA: b\r\n\r\nBDAT 5 LAST\r\n.\r\nx\r");
        await session.RestAsync();
        await session.SendOctetwiseAsync("\nNOOP\r\n");
        Assert.Equal("250 2.0.0 8 octets received", await session.ReplyAsync());
        Assert.Equal("550 5.6.0 Bare CR in line 4: lines end with CRLF", await session.ReplyAsync());
    }

    [Theory]
    [InlineData("A: b\r\n\r\nx\ry\r\n", "550 5.6.0 Bare CR in line 3: lines end with CRLF")]
    [InlineData("A: b\r\n\r\nx\ny\r\n", "550 5.6.0 Bare LF in line 3: lines end with CRLF")]
    [InlineData("A: b\r\n\r\nx\0y\r\n", "550 5.6.0 NUL in line 3")]
    [InlineData("A: b\r\n\r\nx\r", "550 5.6.0 Bare CR in line 3: lines end with CRLF")]
    public async Task R2_R9_WrongContentInAChunk_IsRefused(string content, string reply)
    {
        await using var session = await OpenedAsync();
        await session.SendAsync($"BDAT {content.Length} LAST\r\n{content}");
        Assert.Equal(reply, await session.ReplyAsync());
        Assert.Empty(session.Handler.Messages);
        Assert.Equal(1, session.Handler.Resets);
        await session.OpenAsync();
    }

    [Fact]
    public async Task R6_LongLineOverTwoChunks_IsRefused()
    {
        await using var session = await OpenedAsync();
        await session.SendAsync("BDAT 600\r\n" + new string('x', 600));
        Assert.StartsWith("250 ", await session.ReplyAsync());
        await session.SendAsync("BDAT 399 LAST\r\n" + new string('x', 399));
        Assert.Equal("550 5.6.0 Line 1 is too long", await session.ReplyAsync());
    }

    [Fact]
    public async Task R35_NothingAtAll_IsRefused()
    {
        await using var session = await OpenedAsync();
        Assert.StartsWith("550 5.6.0 The message is empty", await session.AskAsync("BDAT 0 LAST"));
        Assert.Equal(1, session.Handler.Resets);
    }

    [Fact]
    public async Task R23_ExactlyTheLimit_IsTaken()
    {
        await using var session = await OpenedAsync(Small);
        await session.SendAsync("BDAT 60\r\n" + new string('x', 60));
        Assert.StartsWith("250 ", await session.ReplyAsync());
        await session.SendAsync("BDAT 40 LAST\r\n" + new string('x', 38) + "\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal(100, Assert.Single(session.Handler.Messages).Content.Length);
    }

    [Fact]
    public async Task R35_ChunkOverTheLimit_IsDrainedAndFreesItsSpaceAtOnce()
    {
        await using var session = await OpenedAsync(Small);
        await session.SendAsync("BDAT 60\r\n" + new string('x', 60));
        Assert.StartsWith("250 ", await session.ReplyAsync());
        await session.SendAsync("BDAT 41\r\n");
        await session.RestAsync();
        Assert.Equal(1, session.Handler.Resets);
        await session.SendAsync(new string('x', 41) + "BDAT 10 LAST\r\n0123456789NOOP\r\n");
        Assert.StartsWith("552 5.3.4 ", await session.ReplyAsync());
        Assert.StartsWith("503 5.5.1 Send MAIL first", await session.ReplyAsync());
        Assert.Equal("250 2.0.0 OK", await session.ReplyAsync());
        Assert.Empty(session.Handler.Messages);
    }

    [Fact]
    public async Task R24_SmallChunksAfterTheLimitWithoutEnd_CloseTheSession()
    {
        await using var session = await OpenedAsync(Small);
        await session.SendAsync("BDAT 101\r\n" + new string('x', 101));
        Assert.StartsWith("552 5.3.4 ", await session.ReplyAsync());
        for (var i = 0; i < 8; i++)
        {
            await session.SendAsync("BDAT 100\r\n" + new string('x', 100));
            Assert.StartsWith("503 5.5.1 ", await session.ReplyAsync());
        }
        Assert.StartsWith("421 4.3.4 ", await session.AskAsync("BDAT 100"));
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
    }

    [Theory]
    [InlineData("BDAT 1001")]
    [InlineData("BDAT 9223372036854775807 LAST")]
    public async Task R24_ChunkNobodyWouldDrain_ClosesTheSession(string line)
    {
        await using var session = await OpenedAsync(Small);
        Assert.StartsWith("421 4.3.4 ", await session.AskAsync(line));
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
    }

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT x")]
    [InlineData("BDAT -1")]
    [InlineData("BDAT +1 LAST")]
    [InlineData("BDAT 9223372036854775808")]
    [InlineData("BDAT 000000000000000000001")]
    [InlineData("BDAT 5 FIRST")]
    [InlineData("BDAT 5 LAST LAST")]
    [InlineData("BDAT LAST")]
    public async Task R35_LengthNotUnderstood_ClosesBeforeItsOctetsAreRead(string line)
    {
        await using var session = await OpenedAsync();
        await session.SendAsync(line + "\r\nMAIL FROM:<evil@client.example>\r\n");
        Assert.StartsWith("501 5.5.4 ", await session.ReplyAsync());
        Assert.Equal("", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
        Assert.Single(session.Handler.Mails);
    }

    [Fact]
    public async Task R35_RsetBetweenChunks_AbandonsThem()
    {
        await using var session = await OpenedAsync();
        await session.SendAsync("BDAT 3\r\nabc");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.StartsWith("250 ", await session.AskAsync("RSET"));
        await session.SendAsync("BDAT 3 LAST\r\nabc");
        Assert.StartsWith("503 5.5.1 ", await session.ReplyAsync());
        await session.OpenAsync();
        await session.SendAsync("BDAT 6 LAST\r\nA: b\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal("A: b\r\n", Assert.Single(session.Handler.Messages).Text);
    }

    [Fact]
    public async Task R35_DataRcptAndMailAfterAChunk_AreRefused()
    {
        await using var session = await OpenedAsync();
        await session.SendAsync("BDAT 6\r\nA: b\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        foreach (var line in (string[])["DATA", "RCPT TO:<c@example.org>", "MAIL FROM:<a@client.example>", "STARTTLS", "AUTH LOGIN"])
            Assert.StartsWith("50", await session.AskAsync(line));
        Assert.StartsWith("250 ", await session.AskAsync("NOOP"));
        Assert.StartsWith("250 ", await session.AskAsync("BDAT 0 LAST"));
        Assert.Single(Assert.Single(session.Handler.Messages).Recipients);
    }

    [Fact]
    public async Task R25_AllRecipientsRefused_DrainsBeforeItRefuses()
    {
        var handler = new RecordingHandler { OnRcpt = _ => new SmtpReply(550, 5, 1, 1, "Nobody") };
        await using var session = await SessionUnderTest.GreetedAsync(handler: handler);
        await session.SendAsync("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
        string[] expected = ["250 2.1.0 OK", "550 5.1.1 Nobody", "554 5.5.1 No recipient was accepted", "250 2.0.0 OK"];
        foreach (var reply in expected)
            Assert.Equal(reply, await session.ReplyAsync());
    }

    [Fact]
    public async Task R28_DroppedInAChunk_StoresNothing()
    {
        await using var session = await OpenedAsync();
        await session.SendAsync("BDAT 100 LAST\r\nA: b\r\n");
        Assert.Equal("", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.Disconnected, await session.EndAsync());
        Assert.Equal((0, 1), (session.Handler.Messages.Count, session.Handler.Resets));
    }

    [Fact]
    public async Task R43_TricklingChunk_IsClosedByTheContentsTimeout()
    {
        var time = new FakeTime();
        await using var session = await SessionUnderTest.GreetedAsync(time: time);
        await session.OpenAsync();
        await session.SendAsync("BDAT 1000 LAST\r\nA");
        await session.RestAsync();
        for (var i = 0; i < 19; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await session.SendAsync("x");
            await session.RestAsync();
        }
        Assert.StartsWith("421 4.4.2 ", await session.ReplyAsync());
        Assert.Equal(SmtpSessionEnd.TimedOut, await session.EndAsync());
    }

    private static async Task<SessionUnderTest> OpenedAsync(SmtpServerOptions? options = null)
    {
        var session = await SessionUnderTest.GreetedAsync(options, isOctetwise: true);
        await session.OpenAsync();
        return session;
    }
}
