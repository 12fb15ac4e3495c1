namespace OutreachRelay.Policy.Rotate;

/// <summary>The clocks of the rotation: the wall's, one that is never stepped, and the local date of each time zone.</summary>
/// <remarks>Not thread-safe: callers hold the ledger's lock.</remarks>
public sealed class RotationClock(TimeProvider time)
{
    private readonly SteadyClock _steady = new(time);
    private readonly Dictionary<string, LocalDay> _days = [];

    internal Instant NowNeedsLock() => new(time.GetUtcNow(), _steady.Now);

    internal LocalDay DayNeedsLock(TimeZoneInfo zone)
    {
        if (!_days.TryGetValue(zone.Id, out var day))
            _days[zone.Id] = day = new LocalDay(zone);
        return day;
    }
}
