using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Smtp;

public enum SmtpReplyStatus
{
    /// <summary>All input was taken and the reply goes on.</summary>
    Incomplete,
    Complete,

    /// <summary>The input is no reply (RFC 5321 §4.2) or has no end. The reader is of no further use.</summary>
    Malformed,
}

/// <summary>Reads a server's replies (RFC 5321 §4.2) from octets that may be split anywhere.</summary>
/// <remarks>
/// Lenient where servers are known to be loose: lines may end with a bare LF and a line may be a code alone. Strict where leniency would credit a
/// reply wrongly: all lines of a reply have the same code, 200 to 599. Memory is bounded by the three limits, whatever comes.
/// </remarks>
public sealed class SmtpReplyReader
{
    /// <summary>Octets kept of a line; the rest of it is skipped. RFC 5321 §4.5.3.1.5 allows no more.</summary>
    public const int MaxLine = 512;

    /// <summary>Characters kept of a reply; further lines are skipped.</summary>
    public const int MaxText = 8 * 1024;

    /// <summary>Octets that a reply may have in all; a longer one is malformed.</summary>
    public const int MaxTotal = 64 * 1024;

    // What could move a terminal's cursor, hide text or turn its direction when a reply is shown.
    private static readonly SearchValues<char> Unprintable = SearchValues.Create([
        .. Enumerable.Range(0x00, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat([0x200E, 0x200F, 0xFEFF])
            .Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2066, 4)).Select(c => (char)c)]);

    private readonly byte[] _line = new byte[MaxLine];
    private readonly StringBuilder _text = new();
    private int _kept;
    private int _total;
    private int _lines;
    private int _code;
    private EnhancedStatusCode _enhanced;

    /// <summary>Takes octets until a reply is complete.</summary>
    /// <param name="consumed">Octets taken; those behind a complete reply stay.</param>
    /// <param name="reply">The reply when it is complete. Its text is UTF-8 or else Latin-1; control characters are written as <c>\x1B</c>.</param>
    public SmtpReplyStatus Read(ReadOnlySpan<byte> input, out int consumed, out SmtpReply? reply)
    {
        consumed = 0;
        reply = null;
        while (consumed < input.Length)
        {
            var rest = input[consumed..];
            var end = rest.IndexOf((byte)'\n');
            var taken = end < 0 ? rest.Length : end + 1;
            consumed += taken;
            _total += taken;
            if (_total > MaxTotal)
                return SmtpReplyStatus.Malformed;
            if (end < 0)
            {
                Keep(rest);
                return SmtpReplyStatus.Incomplete;
            }
            if (!TakeLine(WholeLine(rest[..end]), out var last))
                return SmtpReplyStatus.Malformed;
            if (last)
            {
                reply = Finish();
                return SmtpReplyStatus.Complete;
            }
        }
        return SmtpReplyStatus.Incomplete;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        piece = piece[..Math.Min(piece.Length, MaxLine - _kept)];
        piece.CopyTo(_line.AsSpan(_kept));
        _kept += piece.Length;
    }

    private ReadOnlySpan<byte> WholeLine(ReadOnlySpan<byte> piece)
    {
        if (_kept > 0)
        {
            Keep(piece);
            piece = _line.AsSpan(0, _kept);
            _kept = 0;
        }
        if (piece.Length >= MaxLine)
            return WithoutBrokenEnd(piece[..MaxLine]);
        return piece.EndsWith((byte)'\r') ? piece[..^1] : piece;
    }

    // A cut through a character would make the whole line look like no UTF-8.
    private static ReadOnlySpan<byte> WithoutBrokenEnd(ReadOnlySpan<byte> line)
    {
        var end = line.Length;
        while (end > line.Length - 3 && (line[end - 1] & 0xC0) == 0x80)
            end--;
        return line[end - 1] >= 0xC0 ? line[..(end - 1)] : line;
    }

    private bool TakeLine(ReadOnlySpan<byte> line, out bool last)
    {
        last = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        if (!TryReadCode(line, out var code) || !(last || line[3] == '-') || (_lines > 0 && code != _code))
            return false;
        _code = code;
        var text = line.Length > 4 ? line[4..] : [];
        if (EnhancedStatusCode.TryParse(text, out var enhanced, out var length) && (_lines == 0 || enhanced == _enhanced))
        {
            // RFC 2034 §4: each line of a reply repeats the code.
            _enhanced = enhanced;
            text = text[length..];
        }
        if (_text.Length + text.Length < MaxText)
            _text.Append(_lines > 0 ? "\n" : "").Append(Printable(text));
        _lines++;
        return true;
    }

    private static bool TryReadCode(ReadOnlySpan<byte> line, out int code)
    {
        code = 0;
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2]))
            return false;
        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return true;
    }

    private SmtpReply Finish()
    {
        var reply = new SmtpReply(_code, _enhanced, _text.ToString());
        _text.Clear();
        _total = 0;
        _lines = 0;
        _enhanced = default;
        return reply;
    }

    private static string Printable(ReadOnlySpan<byte> octets)
    {
        var text = (Utf8.IsValid(octets) ? Encoding.UTF8 : Encoding.Latin1).GetString(octets);
        if (!text.AsSpan().ContainsAny(Unprintable))
            return text;
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (!Unprintable.Contains(c))
                escaped.Append(c);
            else if (c <= 0xFF)
                escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}");
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
        }
        return escaped.ToString();
    }
}
