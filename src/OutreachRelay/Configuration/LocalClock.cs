using System.Collections.Immutable;

namespace OutreachRelay.Configuration;

/// <summary>What the clocks of a time zone show around one local date, as stretches of constant offset.</summary>
internal sealed class LocalClock
{
    // No zone has ever changed its clocks twice within so short a time.
    private static readonly TimeSpan Step = TimeSpan.FromHours(6);

    private readonly List<(DateTimeOffset From, TimeSpan Offset)> _stretches = [];

    public LocalClock(DateOnly date, TimeZoneInfo zone)
    {
        // Offsets are less than a day, so the date lies within.
        var at = new DateTimeOffset(date.AddDays(-1), TimeOnly.MinValue, TimeSpan.Zero);
        var end = at.AddDays(3);
        _stretches.Add((at, zone.GetUtcOffset(at)));
        for (; at < end; at += Step)
        {
            var offset = zone.GetUtcOffset(at + Step);
            if (offset != _stretches[^1].Offset)
                _stretches.Add((FindChange(zone, at, at + Step, offset), offset));
        }
    }

    /// <summary>The first instant, in UTC, at which the clocks show this time or a later one.</summary>
    public DateTimeOffset First(DateTime local)
    {
        for (var i = 0; ; i++)
        {
            var (from, offset) = _stretches[i];
            var at = new DateTimeOffset(local - offset, TimeSpan.Zero);
            at = at < from ? from : at;
            if (i == _stretches.Count - 1 || at < _stretches[i + 1].From)
                return at;
        }
    }

    /// <summary>Adds what is left of a stretch when hours that come for the second time are cut out of it.</summary>
    public void AddFirstPass(DateTimeOffset from, DateTimeOffset to, ImmutableArray<OpenStretch>.Builder open)
    {
        for (var i = 1; i < _stretches.Count; i++)
        {
            var change = _stretches[i].From;
            var end = change + (_stretches[i - 1].Offset - _stretches[i].Offset);
            if (end <= from || change >= to || end <= change)
                continue;
            if (from < change)
                open.Add(new OpenStretch(from, change));
            from = end;
        }
        if (from < to)
            open.Add(new OpenStretch(from, to));
    }

    private static DateTimeOffset FindChange(TimeZoneInfo zone, DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        while (after - before > TimeSpan.FromSeconds(1))
        {
            var middle = before.AddSeconds(Math.Floor((after - before).TotalSeconds / 2));
            if (zone.GetUtcOffset(middle) == offset)
                after = middle;
            else
                before = middle;
        }
        return after;
    }
}
