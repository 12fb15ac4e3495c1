using System.Globalization;

namespace OutreachRelay.Configuration.Reading;

/// <summary>When mail may leave, in the sender's time zone; over midnight where the end is not after the start.</summary>
/// <remarks>An end of 00:00 is the end of the day.</remarks>
/// <param name="Days">The days on which the window opens, Sunday first.</param>
public sealed record SendWindow(DaysOfWeek Days, TimeOnly Start, TimeOnly End)
{
    private static readonly string[] Names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private const string Shape = "expected \"always\" or days and hours such as \"Mon-Fri 08:00-18:00\" or \"Mon,Wed 22:00-06:00\"";

    /// <summary>All of every day.</summary>
    public static readonly SendWindow Always = new(DaysOfWeek.All, TimeOnly.MinValue, TimeOnly.MinValue);

    /// <summary>How long it is open once it opens, on a day without a change of clocks.</summary>
    internal TimeSpan Length => Start == End ? TimeSpan.FromDays(1) : End - Start;

    /// <summary>When it is open on a date, as the clock shows it and in order: of a window over midnight the morning, then the evening.</summary>
    internal IEnumerable<(TimeSpan From, TimeSpan To)> HoursOf(DateOnly date)
    {
        var (from, to) = (Start.ToTimeSpan(), End.ToTimeSpan());
        var overMidnight = to <= from;
        if (overMidnight && HasDay(date.AddDays(-1)))
            yield return (TimeSpan.Zero, to);
        if (HasDay(date))
            yield return (from, overMidnight ? TimeSpan.FromDays(1) : to);
    }

    private bool HasDay(DateOnly date) => Days.HasFlag((DaysOfWeek)(1 << (int)date.DayOfWeek));

    internal static Parsed<SendWindow> Parse(string text)
    {
        if (text == "always")
            return Always;
        var parts = text.Split(' ');
        var days = DaysOfWeek.All;
        if (parts.Length is < 1 or > 2 || (parts.Length == 2 && !TryDays(parts[0], out days)))
            return Parsed<SendWindow>.Fail($"{Shape}, found {Shown.Text(text)}");
        var hours = parts[^1].Split('-');
        var untilMidnight = hours[^1] == "24:00";
        if (hours.Length != 2 || !TryTime(hours[0], out var start) || !TryTime(untilMidnight ? "00:00" : hours[1], out var end))
            return Parsed<SendWindow>.Fail($"{Shape}, found {Shown.Text(text)}");
        return start == end && !untilMidnight ? Parsed<SendWindow>.Fail("the window is empty; " + Shape) : new SendWindow(days, start, end);
    }

    private static bool TryTime(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static bool TryDays(string text, out DaysOfWeek days)
    {
        days = DaysOfWeek.None;
        foreach (var range in text.Split(','))
        {
            var ends = range.Split('-');
            var (first, last) = (Array.IndexOf(Names, ends[0]), Array.IndexOf(Names, ends[^1]));
            if (ends.Length > 2 || first < 0 || last < 0)
                return false;
            for (var day = first; ; day = (day + 1) % 7)
            {
                days |= (DaysOfWeek)(1 << day);
                if (day == last)
                    break;
            }
        }
        return true;
    }
}

[Flags]
public enum DaysOfWeek
{
    None = 0,
    Sunday = 1,
    Monday = 2,
    Tuesday = 4,
    Wednesday = 8,
    Thursday = 16,
    Friday = 32,
    Saturday = 64,
    All = 127,
}
