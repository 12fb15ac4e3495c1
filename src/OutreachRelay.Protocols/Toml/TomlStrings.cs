using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads the four kinds of strings.</summary>
internal static class TomlStrings
{
    private static readonly SearchValues<byte> BasicStops = Stops("\"\\"u8);
    private static readonly SearchValues<byte> LiteralStops = Stops("'"u8);

    /// <summary>Reads a string in one or three quotes of either kind.</summary>
    public static bool TryRead(ref TomlCursor cursor, [NotNullWhen(true)] out string? value)
    {
        var quote = cursor.Peek();
        return cursor.Peek(1) == quote && cursor.Peek(2) == quote
            ? TryReadMultiLine(ref cursor, (byte)quote, out value)
            : TryReadLine(ref cursor, out value);
    }

    /// <summary>Reads a string in single quotes of either kind, as keys may be.</summary>
    public static bool TryReadLine(ref TomlCursor cursor, [NotNullWhen(true)] out string? value)
    {
        var opened = cursor.Offset;
        var quote = cursor.Peek();
        cursor.Offset++;
        var text = new StringBuilder();
        value = null;
        while (true)
        {
            if (!TryReadPlain(ref cursor, quote, text))
                return cursor.FailAt(opened, "the string is not closed");
            if (cursor.Peek() == quote)
                break;
            if (cursor.AtLineEnd)
                return cursor.FailAt(opened, "the string is not closed on its line");
            if (cursor.Peek() != '\\' || quote != '"')
                return cursor.Fail("a string must not hold a control character, write it as an escape in double quotes");
            if (!TryReadEscape(ref cursor, text))
                return false;
        }
        cursor.Offset++;
        value = text.ToString();
        return true;
    }

    private static bool TryReadMultiLine(ref TomlCursor cursor, byte quote, [NotNullWhen(true)] out string? value)
    {
        var opened = cursor.Offset;
        cursor.Offset += 3;
        cursor.TrySkipLineEnd(); // the line end straight after the opening quotes is not part of the string
        var text = new StringBuilder();
        value = null;
        while (true)
        {
            if (!TryReadPlain(ref cursor, quote, text))
                return cursor.FailAt(opened, "the string is not closed");
            if (cursor.Peek() == quote)
            {
                if (!TryReadQuotes(ref cursor, quote, text, out var closed))
                    return false;
                if (closed)
                    break;
            }
            else if (cursor.AtLineEnd)
            {
                text.Append(cursor.Peek() == '\r' ? "\r\n" : "\n");
                cursor.TrySkipLineEnd();
            }
            else if (cursor.Peek() != '\\' || quote != '"')
                return cursor.Fail("a string must not hold a control character, write it as an escape in double quotes");
            else if (!TrySkipLineContinuation(ref cursor) && !TryReadEscape(ref cursor, text))
                return false;
        }
        value = text.ToString();
        return true;
    }

    // Up to two quotes may stand anywhere, also directly before the three that close.
    private static bool TryReadQuotes(ref TomlCursor cursor, byte quote, StringBuilder text, out bool closed)
    {
        var run = 0;
        while (run <= 5 && cursor.Peek(run) == quote)
            run++;
        closed = run >= 3;
        if (run > 5)
            return cursor.Fail("more than two quotes stand before the closing ones");
        text.Append((char)quote, closed ? run - 3 : run);
        cursor.Offset += run;
        return true;
    }

    private static bool TryReadPlain(ref TomlCursor cursor, int quote, StringBuilder text)
    {
        var length = cursor.Rest.IndexOfAny(quote == '"' ? BasicStops : LiteralStops);
        if (length < 0)
            return false;
        text.Append(Encoding.UTF8.GetString(cursor.Rest[..length]));
        cursor.Offset += length;
        return true;
    }

    // A backslash at the end of a line swallows all white space up to the next character.
    private static bool TrySkipLineContinuation(ref TomlCursor cursor)
    {
        var start = cursor.Offset;
        cursor.Offset++;
        cursor.SkipSpaces();
        if (!cursor.AtLineEnd)
        {
            cursor.Offset = start;
            return false;
        }
        while (cursor.TrySkipLineEnd())
            cursor.SkipSpaces();
        return true;
    }

    private static bool TryReadEscape(ref TomlCursor cursor, StringBuilder text)
    {
        var start = cursor.Offset;
        var letter = cursor.Peek(1);
        if (letter is 'u' or 'U')
            return TryReadCodePoint(ref cursor, letter == 'u' ? 4 : 8, text);
        char? plain = letter switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' => '"',
            '\\' => '\\',
            _ => null,
        };
        if (plain is null)
            return cursor.FailAt(start, "expected an escape: \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX");
        text.Append(plain.Value);
        cursor.Offset += 2;
        return true;
    }

    private static bool TryReadCodePoint(ref TomlCursor cursor, int digits, StringBuilder text)
    {
        var hex = cursor.Rest[2..];
        if (hex.Length < digits || hex[..digits].ContainsAnyExcept("0123456789abcdefABCDEF"u8))
            return cursor.Fail(string.Create(CultureInfo.InvariantCulture, $"expected {digits} hexadecimal digits in the escape"));
        var codePoint = uint.Parse(hex[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.TryCreate(codePoint, out var rune))
            return cursor.Fail("the escape names no Unicode scalar value");
        text.Append(rune.ToString());
        cursor.Offset += 2 + digits;
        return true;
    }

    private static SearchValues<byte> Stops(ReadOnlySpan<byte> more)
    {
        var stops = new List<byte>(more.ToArray());
        for (var octet = 0; octet < 128; octet++)
        {
            if (TomlCursor.Controls.Contains((byte)octet))
                stops.Add((byte)octet);
        }
        return SearchValues.Create(stops.ToArray());
    }
}
