using System.Buffers;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads what is written without quotes or brackets: booleans, numbers, dates and times.</summary>
internal static class TomlScalars
{
    private static readonly SearchValues<byte> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_.:"u8);

    public static TomlValue? Read(ref TomlCursor cursor)
    {
        var token = Token(cursor);
        var position = cursor.Position();
        var value = Parse(token, position, out var expected);
        if (value is null)
            cursor.Fail(expected);
        cursor.Offset += token.Length;
        return value;
    }

    private static ReadOnlySpan<byte> Token(in TomlCursor cursor)
    {
        var length = Length(cursor.Rest);
        // RFC 3339 §5.6: a space may stand for the T between date and time.
        if (length == 10 && TomlTimes.LooksLikeDate(cursor.Rest[..10]) && cursor.Peek(10) == ' ' && cursor.Peek(11) is >= '0' and <= '9')
            length = 11 + Length(cursor.Rest[11..]);
        return cursor.Rest[..length];
    }

    private static int Length(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExcept(Allowed);
        return end < 0 ? text.Length : end;
    }

    private static TomlValue? Parse(ReadOnlySpan<byte> token, TomlPosition position, out string expected)
    {
        expected = "expected a value: a string in quotes, a number, true, false, a date, an array or an inline table";
        if (token.IsEmpty)
            return null;
        if (token.SequenceEqual("true"u8) || token.SequenceEqual("false"u8))
            return new TomlBoolean(token[0] == 't', position);
        if (TomlTimes.LooksLikeDate(token) || TomlTimes.LooksLikeTime(token))
        {
            expected = "expected a date or time such as 2026-01-31, 08:00:00 or 2026-01-31T08:00:00Z";
            return TomlTimes.Parse(token, position);
        }
        if (char.IsAsciiLetter((char)token[0]) && token[0] is not ((byte)'i' or (byte)'n'))
            return null;
        return TomlNumbers.Parse(token, position, out expected);
    }
}
