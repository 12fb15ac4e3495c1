namespace OutreachRelay.Policy.Rotate;

/// <summary>The local date in one time zone. It never goes back, whatever the clock does: a budget is not given twice.</summary>
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
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        if (date > _date)
            _date = date;
        (_from, _until) = (now, Start(date.AddDays(1)));
        return _date;
    }

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
