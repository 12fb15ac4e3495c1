using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Writes replies as octets (RFC 5321 §4.2): at most 512 per line, no control characters, a long text cut between characters.</summary>
internal static class SmtpServerReplyWriter
{
    // RFC 5321 §4.5.3.1.5: the reply code and CRLF included.
    private const int MaxLine = 512;

    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Append(127).Select(c => (byte)c)]);

    /// <returns>The octets written.</returns>
    public static int Write(IBufferWriter<byte> output, SmtpReply reply)
    {
        var total = 0;
        var text = reply.Text.AsSpan();
        bool isLast;
        do
        {
            var end = text.IndexOf('\n');
            isLast = end < 0;
            var line = output.GetSpan(MaxLine);
            var written = WriteLine(line[..MaxLine], reply, isLast ? text : text[..end], isLast);
            output.Advance(written);
            total += written;
            text = isLast ? default : text[(end + 1)..];
        }
        while (!isLast);
        return total;
    }

    private static int WriteLine(Span<byte> line, SmtpReply reply, ReadOnlySpan<char> text, bool isLast)
    {
        Utf8Formatter.TryFormat(reply.Code, line, out var length);
        line[length++] = isLast ? (byte)' ' : (byte)'-';
        if (!reply.Enhanced.IsNone)
        {
            Utf8.TryWrite(line[length..], $"{reply.Enhanced.Class}.{reply.Enhanced.Subject}.{reply.Enhanced.Detail} ", out var code);
            length += code;
        }
        Utf8.FromUtf16(text, line[length..^2], out _, out var octets);
        ReplaceControls(line.Slice(length, octets));
        length += octets;
        "\r\n"u8.CopyTo(line[length..]);
        return length + 2;
    }

    // The text may quote what a peer or an operator wrote: a line end in it would begin another reply.
    private static void ReplaceControls(Span<byte> text)
    {
        for (int i; (i = text.IndexOfAny(Controls)) >= 0; text = text[(i + 1)..])
            text[i] = (byte)'?';
    }
}
