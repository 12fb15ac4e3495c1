using System.Buffers.Text;
using System.Globalization;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>An enhanced status code, <c>class.subject.detail</c> such as <c>5.1.1</c> (RFC 3463 §2). The default value means "none given".</summary>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure; 0 when no code was given.</param>
/// <param name="Subject">What the code is about: 0 to 999.</param>
/// <param name="Detail">The condition within the subject: 0 to 999.</param>
public readonly record struct EnhancedStatusCode(byte Class, ushort Subject, ushort Detail)
{
    public bool IsNone => Class == 0;

    /// <summary>Reads the code at the start of a reply's text.</summary>
    /// <param name="text">The octets after <c>250 </c> or <c>250-</c>, without the line end.</param>
    /// <param name="code">The code, or the default value when there is none.</param>
    /// <param name="length">Octets to skip to reach the text proper, the space behind the code included.</param>
    /// <returns><see langword="false"/> when the text does not begin with a well-formed code followed by a space or the end.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out EnhancedStatusCode code, out int length)
    {
        code = default;
        length = 0;
        if (text.Length < 5 || text[0] is not ((byte)'2' or (byte)'4' or (byte)'5') || text[1] != '.')
            return false;
        var rest = text[2..];
        if (!TryReadNumber(ref rest, out var subject) || rest.IsEmpty || rest[0] != '.')
            return false;
        rest = rest[1..];
        if (!TryReadNumber(ref rest, out var detail) || (!rest.IsEmpty && rest[0] != ' '))
            return false;
        code = new EnhancedStatusCode((byte)(text[0] - '0'), subject, detail);
        length = text.Length - rest.Length + (rest.IsEmpty ? 0 : 1);
        return true;
    }

    public override string ToString() => IsNone ? "" : string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    // RFC 3463 §2: subject and detail are one to three digits.
    private static bool TryReadNumber(ref ReadOnlySpan<byte> text, out ushort number)
    {
        var read = Utf8Parser.TryParse(text, out number, out var used) && used <= 3 && char.IsAsciiDigit((char)text[0]);
        if (read)
            text = text[used..];
        return read;
    }
}
