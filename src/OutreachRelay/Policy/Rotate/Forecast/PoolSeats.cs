using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>The senders of a pool on one day after the other: what each could still send, by its cap, its window and its gap.</summary>
internal sealed class PoolSeats
{
    private readonly Dictionary<string, int> _seats;
    private readonly Dictionary<(SendCalendar Calendar, bool IsToday), double> _places = [];
    private readonly DateOnly[] _todays;
    private readonly DateTimeOffset _now;

    public PoolSeats(PoolModel pool, IEnumerable<PoolMember> members, DateTimeOffset now)
    {
        (Pool, _now) = (pool, now);
        Members = [.. members];
        Room = new long[Members.Length];
        _todays = [.. Members.Select(member => member.Today(now))];
        _seats = Members.Select((member, seat) => (member.Model.Key, seat)).ToDictionary(pair => pair.Key, pair => pair.seat);
    }

    public PoolModel Pool { get; }
    public PoolMember[] Members { get; }

    /// <summary>By seat: units of the date that are free and find a place in time.</summary>
    public long[] Room { get; }

    public DateOnly Date { get; private set; }

    /// <summary>The earliest local date of the senders.</summary>
    public DateOnly FirstDate => _todays.DefaultIfEmpty(DateOnly.MaxValue).Min();

    /// <summary>What the senders' own limits allow on the date, without what has left.</summary>
    public long Caps { get; private set; }

    /// <summary>Why the senders have no more room, once they have none.</summary>
    public ForecastLimitKind Bottleneck { get; private set; }

    public int Find(string? senderKey) => senderKey is not null && _seats.TryGetValue(senderKey, out var seat) ? seat : -1;

    /// <summary>Begins a date.</summary>
    /// <param name="reserved">Waiting mail that holds a unit of the date, by seat; receives how much of it finds a place in time.</param>
    public void Begin(DateOnly date, long[] reserved)
    {
        Date = date;
        _places.Clear();
        var (withoutTime, paused, closed) = (0L, 0, 0);
        Caps = 0;
        for (var seat = 0; seat < Members.Length; seat++)
        {
            Room[seat] = 0;
            var member = Members[seat];
            var places = date < _todays[seat] || member.State.IsPaused ? 0 : Places(member, date, date == _todays[seat]);
            paused += member.State.IsPaused ? 1 : 0;
            closed += places <= 0 ? 1 : 0;
            if (date < _todays[seat] || member.State.IsPaused)
            {
                reserved[seat] = 0;
                continue;
            }
            var (cap, sent) = (SenderCap.Of(member.Model, member.State, date, _todays[seat]), member.State.Sent.Taken(date));
            var taken = Math.Max(member.State.Units.Taken(date), sent + reserved[seat]);
            var waiting = taken - sent;
            reserved[seat] = (long)Math.Clamp(Math.Min(places, cap - sent), 0, reserved[seat]);
            var free = Math.Max(0, cap - taken);
            Room[seat] = (long)Math.Clamp(places - waiting, 0, free);
            Caps += Math.Max(0, cap - sent);
            withoutTime += free - Room[seat];
        }
        Bottleneck = paused == Members.Length ? ForecastLimitKind.Paused
            : closed == Members.Length ? ForecastLimitKind.Window
            : withoutTime * 2 > Caps ? ForecastLimitKind.Gap
            : ForecastLimitKind.SenderDailyLimit;
    }

    // How many mails the date's open time takes. All senders of a window share the answer.
    private double Places(PoolMember member, DateOnly date, bool isToday)
    {
        var calendar = member.Model.Calendar;
        if (_places.TryGetValue((calendar, isToday), out var known))
            return known;
        var start = isToday ? calendar.NextOpen(_now) : calendar.FirstOpen(date);
        var left = start is { } open && open < member.Day.Start(date.AddDays(1)) ? calendar.OpenLeft(open) : TimeSpan.Zero;
        var isPaced = Pool.Spread || Pool.Gap > TimeSpan.Zero;
        return _places[(calendar, isToday)] = isPaced || left <= TimeSpan.Zero ? SenderOpening.Places(Pool.Gap, left) : double.MaxValue;
    }
}
