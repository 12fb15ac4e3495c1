using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration;

/// <summary>When a window is open in a time zone, clock changes included. What it returns is in UTC.</summary>
/// <remarks>
/// A window over midnight belongs on each date to that date: its evening where the date is one of the window's days, its morning where
/// the day before is. A start in an hour that the clocks skip is the next minute that exists, and a window wholly within that hour does
/// not open; of an hour that comes twice only the first pass is open. A window that is always open has none of these holes.
/// A date does not come back: a clock that goes back over midnight stays on the later date.
/// Thread-safe, and quick for instants near the ones asked before.
/// </remarks>
/// <exception cref="ArgumentException">The window has no days.</exception>
public sealed class SendCalendar(SendWindow window, TimeZoneInfo zone)
{
    private const int KeptDays = 16;

    private readonly SendWindow _window =
        window.Days == DaysOfWeek.None ? throw new ArgumentException("The window never opens.", nameof(window)) : window;

    // Days are immutable and each slot is swapped whole, so readers need no lock; two that miss at once compute the same day.
    private readonly CalendarDay?[] _days = new CalendarDay?[KeptDays];
    private CalendarDay? _last;

    public TimeZoneInfo Zone { get; } = zone;

    /// <summary>Whether the window never closes.</summary>
    public bool IsAlways { get; } = window == SendWindow.Always;

    public bool IsOpen(DateTimeOffset at)
    {
        if (IsAlways)
            return true;
        foreach (var stretch in DayOf(at).Open)
        {
            if (stretch.From <= at && at < stretch.To)
                return true;
        }
        return false;
    }

    /// <summary>The first open instant from this one on: itself, when it is open.</summary>
    public DateTimeOffset NextOpen(DateTimeOffset at)
    {
        at = at.ToUniversalTime();
        if (IsAlways)
            return at;
        // A window has a day, so this ends within a week, or two when a clock change swallows the first.
        for (var day = DayOf(at); ; day = Day(day.Date.AddDays(1)))
        {
            foreach (var stretch in day.Open)
            {
                if (at < stretch.To)
                    return at < stretch.From ? stretch.From : at;
            }
        }
    }

    /// <summary>The first open instant of a local date, or <see langword="null"/> when it is closed all day.</summary>
    public DateTimeOffset? FirstOpen(DateOnly date) => Day(date).Open is [var first, ..] ? first.From : null;

    /// <summary>The end, itself not open any more, of a local date's last open stretch; or <see langword="null"/> when it is closed all day.</summary>
    public DateTimeOffset? LastClose(DateOnly date) => Day(date).Open is [.., var last] ? last.To : null;

    /// <summary>How long the window is still open from this instant until its local date ends.</summary>
    public TimeSpan OpenLeft(DateTimeOffset at)
    {
        var left = TimeSpan.Zero;
        foreach (var stretch in DayOf(at).Open)
        {
            if (at < stretch.To)
                left += stretch.To - (at < stretch.From ? stretch.From : at);
        }
        return left;
    }

    private CalendarDay DayOf(DateTimeOffset at)
    {
        if (Volatile.Read(ref _last) is { } last && last.Start <= at && at < last.End)
            return last;
        var day = Day(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime));
        // In the second pass of an hour around midnight the clock shows a date that has ended.
        if (at >= day.End)
            day = Day(day.Date.AddDays(1));
        Volatile.Write(ref _last, day);
        return day;
    }

    private CalendarDay Day(DateOnly date)
    {
        ref var slot = ref _days[date.DayNumber % KeptDays];
        if (Volatile.Read(ref slot) is { } known && known.Date == date)
            return known;
        var day = CalendarDay.Of(date, _window, Zone);
        Volatile.Write(ref slot, day);
        return day;
    }
}
