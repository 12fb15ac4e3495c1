using System.Buffers;
using System.Buffers.Text;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>The transfer encodings of RFC 2045 §6, read tolerantly: report parts must not be encoded (RFC 3464 §2), and are.</summary>
internal static class TransferEncoding
{
    private static readonly SearchValues<byte> Base64Octets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>Decodes a content. What is declared base64 and holds anything else was not encoded.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> content, string encoding)
    {
        if (encoding == "base64")
            return IsBase64(content.Span) ? DecodeBase64(content.Span) : content;
        return encoding == "quoted-printable" ? DecodeQuotedPrintable(content.Span) : content;
    }

    // The first line is enough to tell: a list's footer may follow the last.
    private static bool IsBase64(ReadOnlySpan<byte> content)
    {
        content = content.TrimStart(" \t\r\n"u8);
        var at = 0;
        return !Lines.Read(content, ref at).TrimEnd("= \t"u8).ContainsAnyExcept(Base64Octets);
    }

    private static byte[] DecodeBase64(ReadOnlySpan<byte> content)
    {
        var octets = new byte[content.Length + 3];
        var length = 0;
        foreach (var octet in content)
        {
            if (Base64Octets.Contains(octet))
                octets[length++] = octet;
        }
        // A single digit at the end holds no octet.
        length -= length % 4 == 1 ? 1 : 0;
        while (length % 4 != 0)
            octets[length++] = (byte)'=';
        Base64.DecodeFromUtf8InPlace(octets.AsSpan(0, length), out var written);
        return octets[..written];
    }

    private static ReadOnlyMemory<byte> DecodeQuotedPrintable(ReadOnlySpan<byte> content)
    {
        var octets = new byte[content.Length];
        var length = 0;
        for (var at = 0; at < content.Length; at++)
        {
            if (content[at] != '=')
                octets[length++] = content[at];
            else if (at + 2 < content.Length && char.IsAsciiHexDigit((char)content[at + 1]) && char.IsAsciiHexDigit((char)content[at + 2]))
            {
                octets[length++] = (byte)((HexValue(content[at + 1]) << 4) | HexValue(content[at + 2]));
                at += 2;
            }
            else if (!TrySkipSoftBreak(content, ref at))
                octets[length++] = content[at];
        }
        return octets.AsMemory(0, length);
    }

    // RFC 2045 §6.7 rule 5; white space before the line end was added on the way.
    private static bool TrySkipSoftBreak(ReadOnlySpan<byte> content, ref int at)
    {
        var end = at + 1;
        while (end < content.Length && end - at < 80 && content[end] is (byte)' ' or (byte)'\t' or (byte)'\r')
            end++;
        if (end < content.Length && content[end] != '\n')
            return false;
        at = end;
        return true;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
