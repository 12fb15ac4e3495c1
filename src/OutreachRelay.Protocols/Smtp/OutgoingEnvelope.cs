using System.Buffers;
using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>The envelope of one transaction; it has one recipient.</summary>
/// <param name="ReversePath">A mailbox in path syntax without brackets, <c>jane@example.com</c>; empty for the null reverse-path <c>&lt;&gt;</c>.</param>
/// <param name="Recipient">A mailbox in path syntax without brackets.</param>
/// <param name="EightBit">Whether the content holds octets beyond ASCII (RFC 6152).</param>
/// <param name="SmtpUtf8">Whether an address or a header field holds characters beyond ASCII, so that only SMTPUTF8 can carry it (RFC 6531).</param>
public sealed record OutgoingEnvelope(string ReversePath, string Recipient, bool EightBit, bool SmtpUtf8)
{
    // RFC 5321 §4.5.3.1: 64 octets of local part, @, 255 of domain.
    private const int MaxPath = 320;

    private static readonly SearchValues<char> Controls = SearchValues.Create([
        .. Enumerable.Range(0x00, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(c => (char)c), '\u2028', '\u2029', '\uFFFD']);

    /// <summary>What forbids sending this envelope, or <see langword="null"/>. An address that could end its command or its path never leaves.</summary>
    internal string? FindError()
    {
        if (Recipient.Length == 0)
            return "the recipient is empty";
        return FindError(ReversePath, "reverse-path") ?? FindError(Recipient, "recipient");
    }

    private string? FindError(string path, string name)
    {
        if (path.AsSpan().ContainsAny(Controls))
            return $"the {name} holds a control character";
        if (path.AsSpan(QuotedLength(path)).ContainsAny(' ', '<', '>'))
            return $"the {name} holds a space or an angle bracket outside of quotes";
        if (!SmtpUtf8 && !Ascii.IsValid(path))
            return $"the {name} is not ASCII and the envelope does not ask for SMTPUTF8";
        return Encoding.UTF8.GetByteCount(path) > MaxPath ? $"the {name} is longer than {MaxPath} octets" : null;
    }

    /// <summary>The length of a quoted local part with its quotes (RFC 5321 §4.1.2), in which spaces and brackets end nothing; 0 for any other path.</summary>
    private static int QuotedLength(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '"')
            return 0;
        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] == '"')
                return path[(i + 1)..].StartsWith("@") ? i + 1 : 0;
            if (path[i] == '\\')
                i++;
        }
        return 0;
    }
}

/// <summary>The content of one message: the octets of <paramref name="Head"/>, <paramref name="Body"/> and <paramref name="Rest"/> in this order.</summary>
/// <param name="Head">CRLF line ends, not dot-stuffed; so are the other two.</param>
/// <param name="Rest">Read to its end and left open; <see langword="null"/> when the two others are all.</param>
/// <param name="Length">Octets of all three. A stream that yields another number ends the attempt before the final dot: a cut message is never delivered.</param>
public readonly record struct OutgoingContent(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body, Stream? Rest, long Length);
