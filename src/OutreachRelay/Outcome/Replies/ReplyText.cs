using System.Diagnostics.CodeAnalysis;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Replies as people write them down: <c>550 5.1.1 user unknown</c>.</summary>
public static class ReplyText
{
    /// <summary>Reads one reply (RFC 5321 §4.2).</summary>
    /// <param name="utf8">Its lines with CRLF or LF between them; the last line needs no end.</param>
    /// <returns><see langword="false"/> when it is no reply, or not exactly one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SmtpReply? reply)
    {
        var reader = new SmtpReplyReader();
        var status = reader.Read(utf8, out var used, out reply);
        if (status == SmtpReplyStatus.Incomplete)
            status = reader.Read("\n"u8, out _, out reply);
        return status == SmtpReplyStatus.Complete && used == utf8.Length;
    }
}
