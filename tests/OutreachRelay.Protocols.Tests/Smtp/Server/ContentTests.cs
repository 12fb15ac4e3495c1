using System.Text;
using System.Text.Json;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

public sealed class ContentTests
{
    private const string Head = "Subject: x\r\n\r\n";

    public static TheoryData<string, string> SmugglingVectors()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", "smtp", "smuggling.jsonl")))
        {
            using var vector = JsonDocument.Parse(line);
            data.Add(vector.RootElement.GetProperty("name").GetString()!, vector.RootElement.GetProperty("hex").GetString()!);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(SmugglingVectors))]
    public async Task R1_SmuggledEndOfData_IsContentAndRefused(string name, string hex)
    {
        Assert.NotEmpty(name);
        var fake = Encoding.Latin1.GetString(Convert.FromHexString(hex));
        var content = Head + "first" + fake + "MAIL FROM:<evil@client.example>\r\nRCPT TO:<c@example.org>\r\nDATA\r\nsmuggled\r\n.\r\n";
        foreach (var isOctetwise in new[] { false, true })
        {
            await using var session = await SessionUnderTest.InContentAsync(isOctetwise: isOctetwise);
            await (isOctetwise ? session.SendOctetwiseAsync(content) : session.SendAsync(content));
            Assert.StartsWith("550 5.6.0 ", await session.ReplyAsync());
            Assert.StartsWith("250 2.0.0 ", await session.AskAsync("NOOP"));
            Assert.Single(session.Handler.Mails);
            Assert.Empty(session.Handler.Messages);
        }
    }

    [Theory]
    [InlineData("a\rb\r\n", "550 5.6.0 Bare CR in line 3: lines end with CRLF")]
    [InlineData("a\r\nb\nc\r\n", "550 5.6.0 Bare LF in line 4: lines end with CRLF")]
    [InlineData("\n", "550 5.6.0 Bare LF in line 3: lines end with CRLF")]
    [InlineData(".\n\r\n", "550 5.6.0 Bare LF in line 3: lines end with CRLF")]
    [InlineData("a\r\r\n", "550 5.6.0 Bare CR in line 3: lines end with CRLF")]
    public async Task R2_BareCrOrLf_IsNamedWithItsLine(string body, string reply)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(Head + body + "\r\n.\r\n");
        Assert.Equal(reply, await session.ReplyAsync());
        Assert.Empty(session.Handler.Messages);
    }

    [Theory]
    [InlineData("..\r\n", ".\r\n")]
    [InlineData("...\r\n", "..\r\n")]
    [InlineData("..x\r\n", ".x\r\n")]
    [InlineData(".x\r\n", "x\r\n")]
    [InlineData("a\r\n..\r\nb\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a\r\n..x\r\n..y\r\n", "a\r\n.x\r\n.y\r\n")]
    [InlineData("a..b.\r\n", "a..b.\r\n")]
    public async Task R3_DotStuffedLines_AreUnstuffed(string sent, string stored)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(sent + ".\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal(stored, Assert.Single(session.Handler.Messages).Text);
    }

    [Theory]
    [InlineData("Subject: x\r\n")]
    [InlineData("Subject: x\r\n\r\n")]
    public async Task R4_HeaderSectionWithoutBody_IsAccepted(string content)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(content + ".\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
        Assert.Equal(content, Assert.Single(session.Handler.Messages).Text);
    }

    [Fact]
    public async Task R5_EndOfDataSplitOverReads_IsFound()
    {
        const string content = "x\r\n.\r\n";
        for (var first = 0; first < content.Length; first++)
        {
            for (var second = first; second <= content.Length; second++)
            {
                await using var session = await SessionUnderTest.InContentAsync(isOctetwise: true);
                await session.SendAsync(content[..first]);
                await session.SendAsync(content[first..second]);
                await session.SendAsync(content[second..]);
                Assert.StartsWith("250 ", await session.ReplyAsync());
                Assert.Equal("x\r\n", Assert.Single(session.Handler.Messages).Text);
            }
        }
    }

    [Theory]
    [InlineData(4090)]
    [InlineData(8186)]
    public async Task R5_EndOfDataAroundPageSizes_IsFound(int size)
    {
        for (var more = 0; more < 12; more++)
        {
            await using var session = await SessionUnderTest.InContentAsync();
            var content = Lines(size + more);
            await session.SendAsync(content + ".\r\nQUIT\r\n");
            Assert.StartsWith("250 ", await session.ReplyAsync());
            Assert.StartsWith("221 ", await session.ReplyAsync());
            Assert.Equal(content, Assert.Single(session.Handler.Messages).Text);
        }
    }

    [Theory]
    [InlineData(998, "250 2.0.0 queued")]
    [InlineData(999, "550 5.6.0 Line 3 is too long")]
    [InlineData(1000, "550 5.6.0 Line 3 is too long")]
    [InlineData(100_000, "550 5.6.0 Line 3 is too long")]
    public async Task R6_LongLine_IsRefusedWithItsNumber(int length, string reply)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(Head + new string('x', length) + "\r\n.\r\n");
        Assert.Equal(reply, await session.ReplyAsync());
    }

    [Fact]
    public async Task R6_StuffedDot_DoesNotCountForTheLine()
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(Head + ".." + new string('x', 997) + "\r\n.\r\n");
        Assert.StartsWith("250 ", await session.ReplyAsync());
    }

    [Theory]
    [InlineData("Sub\0ject: x\r\n\r\nbody\r\n", "550 5.6.0 NUL in line 1")]
    [InlineData("Subject: x\r\n\r\nbo\0dy\r\n", "550 5.6.0 NUL in line 3")]
    public async Task R9_NulInContent_IsRefused(string content, string reply)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(content + ".\r\n");
        Assert.Equal(reply, await session.ReplyAsync());
    }

    [Fact]
    public async Task R11_Utf16Body_IsRefused()
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync([.. Encoding.ASCII.GetBytes(Head), .. Encoding.Unicode.GetBytes("Grüße"), .. "\r\n.\r\n"u8]);
        Assert.StartsWith("550 5.6.0 NUL", await session.ReplyAsync());
    }

    [Theory]
    [InlineData(1, 1000, "250 2.0.0 queued")]
    [InlineData(1, 1001, "552 5.3.4 The message is bigger than the limit")]
    [InlineData(999, 1000, "250 2.0.0 queued")]
    [InlineData(1000, 1001, "552 5.3.4 The message is bigger than the limit")]
    public async Task R23_RealSize_CountsAndNotTheDeclaredOne(int declared, int real, string reply)
    {
        await using var session = await SessionUnderTest.GreetedAsync(SessionUnderTest.Defaults with { MaxMessageSize = 1000 });
        Assert.StartsWith("250 ", await session.AskAsync($"MAIL FROM:<a@client.example> SIZE={declared}"));
        Assert.StartsWith("250 ", await session.AskAsync("RCPT TO:<b@example.org>"));
        Assert.StartsWith("354 ", await session.AskAsync("DATA"));
        // Each line begins with a dot, stuffed: on the wire it is always more than the limit.
        await session.SendAsync(Lines(real).Replace("\r\nz", "\r\n..", StringComparison.Ordinal) + ".\r\n");
        Assert.Equal(reply, await session.ReplyAsync());
    }

    [Fact]
    public async Task R24_LimitCrossed_FreesAtOnceAndStaysUsable()
    {
        await using var session = await SessionUnderTest.InContentAsync(SessionUnderTest.Defaults with { MaxMessageSize = 1000 });
        await session.SendAsync(Lines(100_000));
        await Until(() => session.Handler.Resets == 1);
        await session.SendAsync(Lines(100_000) + ".\r\n");
        Assert.StartsWith("552 5.3.4 ", await session.ReplyAsync());
        await session.OpenAsync();
        Assert.StartsWith("354 ", await session.AskAsync("DATA"));
        await session.SendAsync(Head + ".\r\n");
        Assert.StartsWith("250 2.0.0 ", await session.ReplyAsync());
    }

    [Fact]
    public async Task R24_ContentWithoutEnd_ClosesTheSession()
    {
        await using var session = await SessionUnderTest.InContentAsync(
            SessionUnderTest.Defaults with { MaxMessageSize = 1000, MaxDrainedContent = 200_000 });
        for (var i = 0; i < 4; i++)
            await session.SendAsync(Lines(100_000));
        Assert.Equal("421 4.3.4 Too much content after the limit", await session.ReplyAsync());
        await session.CloseAsync();
        Assert.Equal(SmtpSessionEnd.BadInput, await session.EndAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("half a li")]
    [InlineData("Subject: x\r")]
    [InlineData("Subject: x\r\n")]
    [InlineData("Subject: x\r\n.")]
    [InlineData("Subject: x\r\n.\r")]
    public async Task R28_ClientDropsBeforeTheEnd_NothingIsKept(string content)
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(content);
        Assert.Equal("", await session.CloseAsync());
        Assert.Equal(SmtpSessionEnd.Disconnected, await session.EndAsync());
        Assert.Equal((1, 1), (session.Handler.Begun, session.Handler.Resets));
        Assert.Empty(session.Handler.Messages);
    }

    [Fact]
    public async Task R29_ClientDropsAfterTheEnd_MessageIsKept()
    {
        await using var session = await SessionUnderTest.InContentAsync();
        await session.SendAsync(Head + ".\r\n");
        await session.CloseAsync();
        Assert.Single(session.Handler.Messages);
    }

    // Lines of 20 octets that begin with "z", and a last one that makes the size exact.
    private static string Lines(int size)
    {
        var text = new StringBuilder("Subject: x\r\n");
        while (size - text.Length > 42)
            text.Append("z2345678901234567x\r\n");
        return text.Append('y', size - text.Length - 2).Append("\r\n").ToString();
    }

    private static async Task Until(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Yield();
        }
    }
}
