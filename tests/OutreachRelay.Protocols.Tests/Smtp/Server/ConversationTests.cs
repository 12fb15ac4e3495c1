using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Whole conversations, to be read from top to bottom. Each is held three times: sent at once, line by line, and octet by octet.</summary>
public sealed class ConversationTests
{
    public static TheoryData<string, Manner> All()
    {
        var data = new TheoryData<string, Manner>();
        foreach (var name in Conversations.ByName.Keys)
        {
            data.Add(name, Manner.AtOnce);
            data.Add(name, Manner.LineByLine);
            data.Add(name, Manner.OctetByOctet);
        }
        return data;
    }

    public enum Manner { AtOnce, LineByLine, OctetByOctet }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Conversation_HeldInThisManner_GoesAsWritten(string name, Manner manner)
    {
        var lines = Conversations.ByName[name].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim()).ToArray();
        await using var session = new SessionUnderTest(Options, Handler(), isOctetwise: manner == Manner.OctetByOctet);
        var said = manner == Manner.AtOnce ? await HoldAtOnceAsync(session, lines) : await HoldInTurnAsync(session, lines, manner);
        Assert.Equal(lines, said);
    }

    private static readonly SmtpServerOptions Options = SessionUnderTest.Defaults with { MaxMessageSize = 100, MaxErrors = 3, MaxRecipients = 100 };

    private static RecordingHandler Handler() => new()
    {
        OnMail = mail => mail.ReversePath is null ? new SmtpReply(550, 5, 7, 1, "No notifications, please") : new SmtpReply(250, 2, 1, 0, "Sender OK"),
        OnRcpt = rcpt => rcpt.Recipient?.LocalPart switch
        {
            "suppressed" => new SmtpReply(550, 5, 7, 1, "Recipient is suppressed"),
            "close" => new SmtpReply(421, 4, 3, 2, "Not now"),
            _ => new SmtpReply(250, 2, 1, 5, "Recipient OK"),
        },
    };

    // Everything in one packet: the server's lines come in order, wherever the client's stand between them.
    private static async Task<string[]> HoldAtOnceAsync(SessionUnderTest session, string[] lines)
    {
        await session.SendAsync(string.Concat(lines.Where(IsClients).Select(l => Octets(l) + "\r\n")));
        var said = new List<string>();
        foreach (var line in lines)
            said.Add(IsClients(line) ? line : "S: " + await session.LineAsync());
        Assert.Equal("", await session.CloseAsync());
        return [.. said];
    }

    private static async Task<string[]> HoldInTurnAsync(SessionUnderTest session, string[] lines, Manner manner)
    {
        var said = new List<string>();
        foreach (var line in lines)
        {
            if (!IsClients(line))
                said.Add("S: " + await session.LineAsync());
            else
            {
                said.Add(line);
                await (manner == Manner.OctetByOctet ? session.SendOctetwiseAsync(Octets(line) + "\r\n") : session.SendAsync(Octets(line) + "\r\n"));
            }
        }
        Assert.Equal("", await session.CloseAsync());
        return [.. said];
    }

    private static bool IsClients(string line) => line.StartsWith("C:", StringComparison.Ordinal);

    private static string Octets(string line) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(line.Length > 3 ? line[3..] : ""));
}
