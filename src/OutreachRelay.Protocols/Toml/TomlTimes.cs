namespace OutreachRelay.Protocols.Toml;

/// <summary>Reads dates and times in the forms of RFC 3339 §5.6, seconds included.</summary>
internal static class TomlTimes
{
    public static bool LooksLikeDate(ReadOnlySpan<byte> token) =>
        token.Length >= 5 && token[4] == '-' && Number(token[..4]) >= 0;

    public static bool LooksLikeTime(ReadOnlySpan<byte> token) =>
        token.Length >= 3 && token[2] == ':' && Number(token[..2]) >= 0;

    /// <returns><see langword="null"/> when the token is no date or time that exists. Leap seconds are refused: .NET has none.</returns>
    public static TomlValue? Parse(ReadOnlySpan<byte> token, TomlPosition position)
    {
        if (LooksLikeTime(token))
            return TryTime(ref token, out var alone) && token.IsEmpty ? new TomlLocalTime(alone, position) : null;
        if (!TryDate(ref token, out var date))
            return null;
        if (token.IsEmpty)
            return new TomlLocalDate(date, position);
        if (token[0] is not ((byte)'T' or (byte)'t' or (byte)' '))
            return null;
        token = token[1..];
        if (!TryTime(ref token, out var time))
            return null;
        if (token.IsEmpty)
            return new TomlLocalDateTime(date.ToDateTime(time), position);
        return TryOffset(token, out var offset) ? new TomlOffsetDateTime(date.ToDateTime(time), offset, position) : null;
    }

    private static bool TryDate(ref ReadOnlySpan<byte> token, out DateOnly date)
    {
        date = default;
        if (token.Length < 10 || token[7] != '-')
            return false;
        var (year, month, day) = (Number(token[..4]), Number(token[5..7]), Number(token[8..10]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateOnly(year, month, day);
        token = token[10..];
        return true;
    }

    private static bool TryTime(ref ReadOnlySpan<byte> token, out TimeOnly time)
    {
        time = default;
        if (token.Length < 8 || token[2] != ':' || token[5] != ':')
            return false;
        var (hour, minute, second) = (Number(token[..2]), Number(token[3..5]), Number(token[6..8]));
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return false;
        token = token[8..];
        if (!TryFraction(ref token, out var ticks))
            return false;
        time = new TimeOnly(hour, minute, second).Add(TimeSpan.FromTicks(ticks));
        return true;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> token, out long ticks)
    {
        ticks = 0;
        if (token.IsEmpty || token[0] != '.')
            return true;
        var end = token[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = end < 0 ? token[1..] : token[1..(end + 1)];
        for (var i = 0; i < 7; i++)
            ticks = ticks * 10 + (i < digits.Length ? digits[i] - '0' : 0);
        token = token[(digits.Length + 1)..];
        return !digits.IsEmpty;
    }

    private static bool TryOffset(ReadOnlySpan<byte> token, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (token is [(byte)'Z' or (byte)'z'])
            return true;
        if (token.Length != 6 || token[0] is not ((byte)'+' or (byte)'-') || token[3] != ':')
            return false;
        var (hours, minutes) = (Number(token[1..3]), Number(token[4..6]));
        if (hours is < 0 or > 23 || minutes is < 0 or > 59)
            return false;
        offset = new TimeSpan(hours, minutes, 0) * (token[0] == '-' ? -1 : 1);
        return true;
    }

    // Two or four digits, or -1.
    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var octet in digits)
        {
            if (octet is < (byte)'0' or > (byte)'9')
                return -1;
            number = number * 10 + octet - '0';
        }
        return number;
    }
}
