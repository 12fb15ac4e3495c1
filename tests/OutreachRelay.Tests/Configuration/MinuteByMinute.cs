using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Tests.Configuration;

/// <summary>A minute of a time zone, and whether a window is open in it.</summary>
internal readonly record struct ZoneMinute(DateTimeOffset At, DateTime Local, bool IsOpen);

/// <summary>Tells when a window is open by looking at the clock on the wall minute by minute: slow, and too simple to be wrong.</summary>
internal static class MinuteByMinute
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The minutes from this one on, without end.</summary>
    public static IEnumerable<ZoneMinute> From(DateTimeOffset from, SendWindow window, TimeZoneInfo zone)
    {
        var latest = DateTime.MinValue;
        for (var at = from.AddHours(-3).ToUniversalTime(); ; at += Minute)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
            var firstPass = local > latest;
            latest = firstPass ? local : latest;
            if (at >= from)
                yield return new ZoneMinute(at, local, window == SendWindow.Always || (firstPass && Holds(window, local)));
        }
    }

    private static bool Holds(SendWindow window, DateTime local)
    {
        var (time, today, yesterday) = (TimeOnly.FromDateTime(local), HasDay(window, local), HasDay(window, local.AddDays(-1)));
        if (window.Start < window.End)
            return today && time >= window.Start && time < window.End;
        return (today && time >= window.Start) || (yesterday && time < window.End);
    }

    private static bool HasDay(SendWindow window, DateTime local) => ((int)window.Days >> (int)local.DayOfWeek & 1) == 1;
}
