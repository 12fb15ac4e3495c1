namespace OutreachRelay.Policy.Rotate;

/// <summary>The local date in one time zone. A clock that is set back over midnight does not turn it back: the day's mail is not begun anew.</summary>
/// <remarks>Not thread-safe: callers hold the ledger's lock.</remarks>
internal sealed class LocalDay(TimeZoneInfo zone)
{
    private DateOnly _date = DateOnly.MinValue;
    private DateTimeOffset _from = DateTimeOffset.MaxValue;
    private DateTimeOffset _until = DateTimeOffset.MinValue;

    public DateOnly Date(DateTimeOffset now)
    {
        if (now >= _from && now < _until)
            return _date;
        var date = DateOf(now);
        // A step of more than a day back is no step over midnight: the clock was wrong before, and what was reserved is counted by date anyway.
        if (date > _date || date < _date.AddDays(-1))
            _date = date;
        (_from, _until) = (now, Start(date.AddDays(1)));
        return _date;
    }

    /// <summary>The date of any instant, as the calendar has it.</summary>
    public DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The instant at which a local date begins, in UTC. Where midnight does not exist (a clock change), the first minute that does.</summary>
    public DateTimeOffset Start(DateOnly date)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(1);
        // Where midnight comes twice the first pass counts: the larger offset is the earlier instant.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
