using System.Buffers;
using System.Buffers.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>The transfer encodings of RFC 2045 §6, read tolerantly.</summary>
internal static class TransferEncoding
{
    private static readonly SearchValues<byte> Base64Octets = SearchValues.Create(Base64Digits);

    private static ReadOnlySpan<byte> Base64Digits => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>Decodes a content. What is declared base64 and holds anything else was not encoded.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> content, string encoding)
    {
        if (encoding == "base64")
            return IsBase64(content.Span) ? DecodeBase64(content.Span) : content;
        return encoding == "quoted-printable" ? DecodeQuotedPrintable(content.Span) : content;
    }

    /// <summary>Whether RFC 2045 §6.1 knows it, or none is named.</summary>
    public static bool IsKnown(string encoding) => encoding is "" or "7bit" or "8bit" or "binary" or "base64" or "quoted-printable";

    /// <summary>Octets written as <c>%41</c> (RFC 2231 §4) are decoded, all others stay.</summary>
    public static byte[] DecodePercent(ReadOnlySpan<byte> content)
    {
        var octets = new byte[content.Length];
        var length = 0;
        for (var at = 0; at < content.Length; at++)
        {
            if (content[at] == '%' && TryReadHex(content, at, out octets[length]))
                at += 2;
            else
                octets[length] = content[at];
            length++;
        }
        return octets[..length];
    }

    /// <summary>Whether what is declared base64 is.</summary>
    // The first line is enough to tell: a list's footer may follow the last.
    public static bool IsBase64(ReadOnlySpan<byte> content)
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
        // A single digit at the end holds no octet; of two or three the last one has bits that belong to none (RFC 4648 §3.5), which a cut may have left.
        length -= length % 4 == 1 ? 1 : 0;
        if (length % 4 != 0)
            octets[length - 1] = Base64Digits[Base64Digits.IndexOf(octets[length - 1]) & (length % 4 == 2 ? 0x30 : 0x3C)];
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
            else if (TryReadHex(content, at, out octets[length]))
            {
                length++;
                at += 2;
            }
            else if (!TrySkipSoftBreak(content, ref at))
                octets[length++] = content[at];
        }
        return octets.AsMemory(0, length);
    }

    private static bool TryReadHex(ReadOnlySpan<byte> content, int mark, out byte octet)
    {
        var isHex = mark + 2 < content.Length && char.IsAsciiHexDigit((char)content[mark + 1]) && char.IsAsciiHexDigit((char)content[mark + 2]);
        octet = isHex ? (byte)((HexValue(content[mark + 1]) << 4) | HexValue(content[mark + 2])) : (byte)0;
        return isHex;
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
