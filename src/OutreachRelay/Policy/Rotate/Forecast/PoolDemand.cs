namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>The mail of a pool that is bound to its senders, and what its day comes to.</summary>
internal sealed class PoolDemand(PoolSeats seats)
{
    // What holds a unit, by its date; and what holds none that counts, in the order of arrival.
    private readonly Dictionary<DateOnly, Dictionary<(int Seat, DirectionDemand Direction), MailBatches>> _reserved = [];
    private readonly Dictionary<(int Seat, DirectionDemand Direction), MailBatches> _bound = [];
    private readonly long[] _perSeat = new long[seats.Members.Length];
    private readonly Dictionary<ForecastLimit, long> _kept = [];

    public PoolSeats Seats { get; } = seats;
    public List<DirectionDemand> Directions { get; } = [];

    public long Reserved { get; private set; }
    public long Expected { get; set; }
    public long Expired { get; private set; }

    public static long DomainRoom(PoolMember member, DateOnly date)
    {
        var limit = SenderCap.OfDomain(member.Pool, member.Model, date);
        return limit == long.MaxValue ? limit : Math.Max(0, limit - member.State.Domain.Units.Taken(date));
    }

    /// <summary>Adds mail that is bound to a sender.</summary>
    /// <param name="unitDate"><see langword="null"/>, or a date that is over: it needs a unit.</param>
    public void AddBound(int seat, DirectionDemand direction, DateOnly? unitDate, MailBatch batch)
    {
        if (unitDate is { } date && !_reserved.ContainsKey(date))
            _reserved[date] = [];
        Find(unitDate is { } held ? _reserved[held] : _bound, (seat, direction)).Add(batch);
    }

    /// <summary>Begins a date: what holds its units leaves, as far as there is time, and then what is bound and holds none.</summary>
    public void Begin(DateOnly date, DateTimeOffset start)
    {
        (Reserved, Expected, Expired) = (0, 0, 0);
        _kept.Clear();
        foreach (var direction in Directions)
            direction.Begin();
        Release(date, start);
        foreach (var batches in _bound.Values.Concat(Directions.Select(static direction => direction.Free)))
            Expired += batches.Expire(date);
        SendReserved(date);
        foreach (var ((seat, direction), batches) in _bound)
        {
            var sent = direction.Send(seat, batches.CountOn(date));
            batches.Take(date, sent);
            Expected += sent;
            if (batches.CountOn(date) is > 0 and var kept)
                Keep(Seats.Room[seat] == 0 ? SeatsLimit() : direction.Limit(seat), kept);
        }
    }

    /// <summary>What the day has come to.</summary>
    public PoolDay End()
    {
        var date = Seats.Date;
        foreach (var direction in Directions)
        {
            if (direction.Free.CountOn(date) is > 0 and var kept)
                Keep(direction.Limit(), kept);
        }
        var waiting = _bound.Values.Sum(static batches => batches.Count) + Directions.Sum(static direction => direction.Free.Count);
        var left = Left();
        var limit = _kept.Count > 0 ? _kept.MaxBy(static pair => pair.Value).Key
            : left > 0 ? null
            : Directions.FirstOrDefault()?.Limit() ?? SeatsLimit();
        return new PoolDay(Seats.Pool.Name, Expected + left, Reserved, Expected, left, waiting, Expired, limit);
    }

    /// <summary>What keeps first mails back that the limits of direction and client would let through.</summary>
    public ForecastLimit Limit()
    {
        var full = Array.FindIndex(Seats.Members, static member => member.Model.Weight > 0);
        while (full >= 0 && (Seats.Room[full] == 0 || DomainRoom(Seats.Members[full], Seats.Date) > 0))
            full = Array.FindIndex(Seats.Members, full + 1, static member => member.Model.Weight > 0);
        return full < 0 ? SeatsLimit() : Limit(full);
    }

    /// <summary>What keeps a sender's mail back that the limits of direction and client would let through.</summary>
    public ForecastLimit Limit(int seat)
    {
        var (member, date) = (Seats.Members[seat], Seats.Date);
        return Seats.Room[seat] > 0 && DomainRoom(member, date) == 0
            ? new ForecastLimit(ForecastLimitKind.DomainDailyLimit, member.Model.RegisteredDomain, SenderCap.OfDomain(member.Pool, member.Model, date))
            : SeatsLimit();
    }

    private ForecastLimit SeatsLimit() =>
        new(Seats.Bottleneck, Seats.Pool.Name, Seats.Bottleneck == ForecastLimitKind.SenderDailyLimit ? Seats.Caps : null);

    // Mail of a sender that is paused for too long goes to others.
    private void Release(DateOnly date, DateTimeOffset start)
    {
        foreach (var ((seat, direction), batches) in _bound)
        {
            var state = Seats.Members[seat].State;
            if (batches.Count > 0 && state.IsPaused && start >= state.PausedSince + Seats.Pool.StickyMissing)
                batches.MoveTo(direction.Free);
        }
    }

    private void SendReserved(DateOnly date)
    {
        Array.Clear(_perSeat);
        var today = _reserved.Remove(date, out var found) ? found : [];
        foreach (var ((seat, _), batches) in today)
        {
            _perSeat[seat] += batches.Count;
            Reserved += batches.Count;
        }
        Seats.Begin(date, _perSeat);
        foreach (var ((seat, direction), batches) in today)
        {
            var sent = Math.Min(batches.Count, _perSeat[seat]);
            _perSeat[seat] -= sent;
            Expected += sent;
            batches.Take(date, sent);
            if (batches.Count > 0)
                batches.MoveTo(Find(_bound, (seat, direction)));
        }
    }

    // As much again as senders, domains, directions and clients still have room for.
    private long Left()
    {
        var date = Seats.Date;
        var domains = new Dictionary<DomainState, (long Senders, long Domain)>();
        for (var seat = 0; seat < Seats.Members.Length; seat++)
        {
            var member = Seats.Members[seat];
            if (Seats.Room[seat] == 0 || !Directions.Exists(direction => direction.Carries(member)))
                continue;
            var (senders, domain) = domains.GetValueOrDefault(member.State.Domain, (0, DomainRoom(member, date)));
            domains[member.State.Domain] = (senders + Seats.Room[seat], domain);
        }
        var shared = Directions.GroupBy(static direction => direction.Model.Client)
            .Select(client => Math.Min(client.First().ClientRoom(date), Sum(client.Select(direction => direction.DirectionRoom(date)))));
        return Math.Min(domains.Values.Sum(static room => Math.Min(room.Senders, room.Domain)), Sum(shared));
    }

    private void Keep(ForecastLimit limit, long count) => _kept[limit] = _kept.GetValueOrDefault(limit) + count;

    private static long Sum(IEnumerable<long> rooms) => rooms.Aggregate(0L, static (sum, room) => room > long.MaxValue - sum ? long.MaxValue : sum + room);

    private static MailBatches Find(Dictionary<(int, DirectionDemand), MailBatches> batches, (int, DirectionDemand) key)
    {
        if (!batches.TryGetValue(key, out var found))
            batches[key] = found = new MailBatches();
        return found;
    }
}
