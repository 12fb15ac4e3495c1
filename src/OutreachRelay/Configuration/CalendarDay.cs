using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration;

/// <summary>An open stretch in UTC; <paramref name="To"/> is not open any more.</summary>
internal readonly record struct OpenStretch(DateTimeOffset From, DateTimeOffset To);

/// <summary>A local date: where it begins and ends in UTC, and when a window is open in it.</summary>
/// <param name="Open">In order, none of them empty.</param>
internal sealed record CalendarDay(DateOnly Date, DateTimeOffset Start, DateTimeOffset End, ImmutableArray<OpenStretch> Open)
{
    public static CalendarDay Of(DateOnly date, SendWindow window, TimeZoneInfo zone)
    {
        var clock = new LocalClock(date, zone);
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        var (start, end) = (clock.First(midnight), clock.First(midnight.AddDays(1)));
        if (window == SendWindow.Always)
            return new CalendarDay(date, start, end, start < end ? [new OpenStretch(start, end)] : []);
        var open = ImmutableArray.CreateBuilder<OpenStretch>();
        foreach (var (from, to) in window.HoursOf(date))
            clock.AddFirstPass(clock.First(midnight + from), clock.First(midnight + to), open);
        return new CalendarDay(date, start, end, open.DrainToImmutable());
    }
}
