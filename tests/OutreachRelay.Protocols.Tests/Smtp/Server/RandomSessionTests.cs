using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Whatever a client sends, however it is cut: no crash, no hang, the same replies, and content that a plain reading of the rules also finds.</summary>
public sealed class RandomSessionTests
{
    private static readonly string[] Fragments =
    [
        "EHLO client.example\r\n", "HELO c\r\n", "MAIL FROM:<a@client.example>\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<b@example.org>\r\n", "DATA\r\n",
        "Subject: x\r\n", "\r\n", ".\r\n", "\r\n.\r\n", "..\r\n", ".", "\r", "\n", "\0", "\r\n.", "\n.\n", "\r.\r", "RSET\r\n", "NOOP\r\n", "QUIT",
        "AUTH PLAIN\r\n", "AUTH LOGIN\r\n", "AHVzZXIAcGFzcw==\r\n", "*\r\n", "\xFF\xFE", "\"", "<", ">", "@", " ", "BDAT 1", "BDAT 3\r\n", "BDAT 5 LAST\r\n", "STARTTLS\r\n", "xxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task RandomInput_CutAnywhere_GetsTheSameRepliesAndContent(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var input = Input(random);
            var whole = await RunAsync(input, _ => input.Length);
            var cut = await RunAsync(input, _ => random.Next(1, 8));
            Assert.Equal(whole, cut);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task RandomContent_IsReadAsTheRulesSay(int seed)
    {
        var random = new Random(seed * 1000);
        for (var i = 0; i < 60; i++)
        {
            var content = Content(random) + "\r\n.\r\n";
            await using var session = await SessionUnderTest.InContentAsync();
            await session.SendAsync(content);
            var reply = await session.ReplyAsync();
            var expected = Expected(content);
            Assert.Equal(expected is null ? "550" : "250", reply[..3]);
            if (expected is not null)
                Assert.Equal(expected, Assert.Single(session.Handler.Messages).Text);
        }
    }

    // RFC 5321 read the slow way: the first CRLF.CRLF ends, each line loses a leading dot. Null when the content is to be refused.
    private static string? Expected(string wire)
    {
        wire = "\r\n" + wire;
        var lines = wire[..(wire.IndexOf("\r\n.\r\n", StringComparison.Ordinal) + 2)].Split("\r\n")[1..];
        var content = string.Join("\r\n", lines.Select(line => line.StartsWith('.') ? line[1..] : line));
        return content.Length == 0 || lines.Any(line => line.AsSpan().ContainsAny('\r', '\n', '\0')) ? null : content;
    }

    private static string Content(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(6) switch
        {
            0 => "\r\n",
            1 => ".",
            2 => "\r\n.",
            3 => random.Next(4) == 0 ? "\n" : "a",
            4 => random.Next(4) == 0 ? "\r" : "b",
            _ => new string('x', random.Next(100)),
        }));

    private static string Input(Random random)
    {
        var start = random.Next(4) == 0 ? "" : "EHLO c\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n";
        var text = new StringBuilder(start);
        for (var i = random.Next(30); i > 0; i--)
            text.Append(random.Next(8) == 0 ? ((char)random.Next(256)).ToString() : Fragments[random.Next(Fragments.Length)]);
        return text.ToString();
    }

    private static async Task<(string Said, SmtpSessionEnd End, string Stored)> RunAsync(string input, Func<int, int> piece)
    {
        await using var session = new SessionUnderTest(SessionUnderTest.Defaults with { MaxMessageSize = 2000, MaxCommandLine = 100 }, isOctetwise: true);
        for (var i = 0; i < input.Length;)
        {
            var length = Math.Min(piece(i), input.Length - i);
            await session.SendAsync(input.Substring(i, length));
            i += length;
        }
        var said = await session.CloseAsync();
        Assert.All(session.Handler.Messages, m => Assert.True(m.Content.AsSpan().IndexOf((byte)0) < 0 && m.Text.EndsWith("\r\n")));
        return (said, await session.EndAsync(), string.Join('|', session.Handler.Messages.Select(m => m.Text)));
    }
}
