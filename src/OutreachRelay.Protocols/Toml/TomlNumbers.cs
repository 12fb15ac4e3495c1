using System.Globalization;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads integers and floats, with their underscores.</summary>
internal static class TomlNumbers
{
    private const string Shape =
        "expected a number such as 10, 1_000, 0.5, 1e3, 0xff, inf; no leading zeros, underscores only between digits";

    public static TomlValue? Parse(ReadOnlySpan<byte> token, TomlPosition position, out string expected)
    {
        expected = Shape;
        var signed = token[0] is (byte)'+' or (byte)'-';
        var negative = token[0] == '-';
        var digits = signed ? token[1..] : token;
        if (digits.SequenceEqual("inf"u8))
            return new TomlFloat(negative ? double.NegativeInfinity : double.PositiveInfinity, position);
        if (digits.SequenceEqual("nan"u8))
            return new TomlFloat(double.NaN, position);
        if (digits.Length > 2 && digits[0] == '0' && Radix(digits[1]) is > 0 and var radix)
            return signed ? null : ParseInteger(digits[2..], radix, false, position, ref expected);
        if (digits.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0)
            return ParseFloat(token, digits, position);
        return HasLeadingZero(digits) ? null : ParseInteger(digits, 10, negative, position, ref expected);
    }

    private static int Radix(byte letter) => letter switch { (byte)'x' => 16, (byte)'o' => 8, (byte)'b' => 2, _ => 0 };

    private static bool HasLeadingZero(ReadOnlySpan<byte> digits) => digits.Length > 1 && digits[0] == '0';

    private static TomlInteger? ParseInteger(
        ReadOnlySpan<byte> digits, int radix, bool negative, TomlPosition position, ref string expected)
    {
        if (!AreDigits(digits, radix))
            return null;
        long value = 0;
        foreach (var octet in digits)
        {
            if (octet == '_')
                continue;
            // Counted downwards, because the least integer has no positive counterpart.
            var next = (Int128)value * radix - Digit(octet);
            if (next < long.MinValue || (next == long.MinValue && !negative))
            {
                expected = "the integer does not fit 64 bits";
                return null;
            }
            value = (long)next;
        }
        return new TomlInteger(negative ? value : -value, position);
    }

    private static TomlFloat? ParseFloat(ReadOnlySpan<byte> token, ReadOnlySpan<byte> unsigned, TomlPosition position)
    {
        var mantissa = unsigned;
        var e = unsigned.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            mantissa = unsigned[..e];
            var exponent = unsigned[(e + 1)..];
            if (!exponent.IsEmpty && exponent[0] is (byte)'+' or (byte)'-')
                exponent = exponent[1..];
            if (!AreDigits(exponent, 10))
                return null;
        }
        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        if (!AreDigits(whole, 10) || HasLeadingZero(whole) || (point >= 0 && !AreDigits(mantissa[(point + 1)..], 10)))
            return null;
        Span<byte> plain = token.Length <= 128 ? stackalloc byte[128] : new byte[token.Length];
        var length = 0;
        foreach (var octet in token)
        {
            if (octet != '_')
                plain[length++] = octet;
        }
        return double.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? new TomlFloat(value, position)
            : null;
    }

    // Digits with single underscores between them.
    private static bool AreDigits(ReadOnlySpan<byte> text, int radix)
    {
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.IndexOf("__"u8) >= 0)
            return false;
        foreach (var octet in text)
        {
            if (octet != '_' && (uint)Digit(octet) >= (uint)radix)
                return false;
        }
        return true;
    }

    private static int Digit(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        _ => -1,
    };
}
