using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <summary>The senders that may carry a direction's mail, in two orders: those that can send now by how full they are, the others by whose turn it is.</summary>
/// <remarks>
/// The orders are kept lazily. An accept makes a sender's place only worse, so it is looked at again when it comes to the top; what makes it better
/// is told by <see cref="SenderStates"/>. With a new day everything is ordered anew. Not thread-safe: callers hold the ledger's lock.
/// </remarks>
internal sealed class PoolRotation
{
    // Senders that a message may not use are set aside while its ranking is made; when there are more, all are walked once instead.
    private const int MostSetAside = 8;

    // Whoever has no place within it is looked at again with the next day.
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(8);

    private readonly DirectionModel _direction;
    private readonly PoolMember[] _members;
    private readonly Dictionary<string, int> _seats;
    private readonly SenderStates _states;
    private readonly SenderOpening?[] _openings;
    private readonly long[] _uses;
    private readonly SenderHeap _free;
    private readonly SenderHeap _later;

    // Those of the second order by when they may pass into the first.
    private readonly SenderHeap _waking;
    private readonly (LocalDay Day, DateOnly Date)[] _dates;
    private readonly List<int> _aside = [];
    private long _seen = -1;

    public PoolRotation(DirectionModel direction, SenderStates states, Func<TimeZoneInfo, LocalDay> days)
    {
        (_direction, _states) = (direction, states);
        _members = [.. direction.Pool.Senders.Where(direction.CanCarry)
            .Select(sender => new PoolMember(direction.Pool, sender, states.Get(sender.Key, sender.RegisteredDomain), days(sender.TimeZone)))];
        _seats = _members.Select((member, seat) => (member.Model.Key, seat)).ToDictionary(pair => pair.Key, pair => pair.seat);
        _openings = new SenderOpening?[_members.Length];
        _uses = new long[_members.Length];
        _free = new SenderHeap(_members.Length, IsEmptier);
        _later = new SenderHeap(_members.Length, IsNext);
        _waking = new SenderHeap(_members.Length, (a, b) => _openings[a]!.Value.Expected < _openings[b]!.Value.Expected);
        _dates = [.. _members.Select(member => member.Day).Distinct().Select(day => (day, DateOnly.MinValue))];
    }

    public IReadOnlyList<PoolMember> Members => _members;

    public PoolMember? Find(string senderKey) => _seats.TryGetValue(senderKey, out var seat) ? _members[seat] : null;

    /// <summary>Whether any sender could be chosen at all.</summary>
    public bool HasEligible => _members.Any(IsEligible);

    /// <summary>Whether there are senders to choose from, but all of them are paused.</summary>
    public bool IsAllPaused => !HasEligible && _members.Any(HasShare);

    /// <summary>The senders that could take <paramref name="units"/> recipients, best first: those that could send now by their load, then those whose turn comes first.</summary>
    /// <param name="best">Receives the ranking; its length is the most that is wanted.</param>
    /// <returns>How many there are; 0 when none has room before <paramref name="expires"/>.</returns>
    public int Rank(int units, SharedLimits shared, Instant now, DateTimeOffset notBefore, DateTimeOffset expires, Span<RankedSender> best)
    {
        Follow(now);
        if (notBefore > now.Wall)
            return RankAll(units, shared, now, notBefore, expires, best);
        var found = 0;
        while (found < best.Length && TryTakeTop(now, out var seat))
        {
            var member = _members[seat];
            if (SenderOpening.Find(member, units, shared, now, now.Wall, expires) is { } opening && opening.Date == _openings[seat]!.Value.Date)
                best[found++] = new RankedSender(member, opening);
            else if (_aside.Count - found > MostSetAside)
            {
                PutBack(now);
                return RankAll(units, shared, now, now.Wall, expires, best);
            }
        }
        PutBack(now);
        return found > 0 ? found : RankAll(units, shared, now, now.Wall, expires, best);
    }

    /// <summary>Whether a sender, of whichever pool, could be chosen for the direction's mail.</summary>
    public bool MayTake(PoolMember sender) => _direction.CanCarry(sender.Model) && IsEligible(sender);

    private bool IsEligible(PoolMember member) => !member.State.IsPaused && HasShare(member) && !IsBarred(member);

    /// <summary>Whether preflight leaves a sender none of the direction's upstreams, though it may have others elsewhere.</summary>
    public bool IsBarred(PoolMember member) => member.State.Failing is { IsEmpty: false } failing
        && _direction.Upstreams.All(upstream => !member.Model.MayUse(upstream.Name) || failing.Contains(upstream.Name));

    private static bool HasShare(PoolMember member) => member.Model is { Weight: > 0, DailyLimit: > 0 };

    // Brings the orders up to date: a new day, what has become better, and who can send by now.
    private void Follow(Instant now)
    {
        var isNewDay = false;
        for (var i = 0; i < _dates.Length; i++)
        {
            var date = _dates[i].Day.Date(now.Wall);
            isNewDay |= date != _dates[i].Date;
            _dates[i].Date = date;
        }
        if (isNewDay || _seen < 0 || _states.ImprovedSince(_seen) is not { } improved)
        {
            for (var seat = 0; seat < _members.Length; seat++)
                Place(seat, now);
        }
        else
        {
            foreach (var state in improved)
            {
                if (_seats.TryGetValue(state.Key, out var seat))
                    Place(seat, now);
            }
        }
        _seen = _states.Improvements;
        while (_waking.Count > 0 && _openings[_waking.Top]!.Value.Expected <= now.Wall)
            Place(_waking.Top, now);
    }

    // The top is only a belief until it has been looked at again.
    private bool TryTakeTop(Instant now, out int seat)
    {
        while (_free.Count + _later.Count > 0)
        {
            seat = _free.Count > 0 ? _free.Top : _later.Top;
            var (opening, use) = (_openings[seat], _uses[seat]);
            Place(seat, now);
            if (_openings[seat] is not { } again)
                continue;
            if (again.Load != opening!.Value.Load || again.Turn != opening.Value.Turn || _uses[seat] != use || IsLater(again, opening.Value, now))
                continue;
            Remove(seat);
            _aside.Add(seat);
            return true;
        }
        seat = -1;
        return false;
    }

    private static bool IsLater(SenderOpening again, SenderOpening before, Instant now) => before.Expected <= now.Wall && again.Expected > now.Wall;

    private void PutBack(Instant now)
    {
        foreach (var seat in _aside)
            Add(seat, now);
        _aside.Clear();
    }

    private void Place(int seat, Instant now)
    {
        var member = _members[seat];
        Remove(seat);
        _uses[seat] = member.State.LastUse;
        _openings[seat] = IsEligible(member) ? SenderOpening.Find(member, 1, null, now, now.Wall, now.Wall + Horizon) : null;
        if (_openings[seat] is not null)
            Add(seat, now);
    }

    private void Add(int seat, Instant now)
    {
        if (_openings[seat]!.Value.Expected <= now.Wall)
        {
            _free.Add(seat);
            return;
        }
        _later.Add(seat);
        _waking.Add(seat);
    }

    private void Remove(int seat)
    {
        if (_free.Contains(seat))
            _free.Remove(seat);
        else if (_later.Contains(seat))
        {
            _later.Remove(seat);
            _waking.Remove(seat);
        }
    }

    private int RankAll(int units, SharedLimits shared, Instant now, DateTimeOffset notBefore, DateTimeOffset expires, Span<RankedSender> best)
    {
        var found = 0;
        foreach (var member in _members)
        {
            if (IsEligible(member) && SenderOpening.Find(member, units, shared, now, notBefore, expires) is { } opening)
                found = Insert(best, found, new RankedSender(member, opening), now);
        }
        return found;
    }

    // The ranking is a handful long: an insertion into a sorted span.
    private static int Insert(Span<RankedSender> best, int found, RankedSender candidate, Instant now)
    {
        var at = found;
        while (at > 0 && candidate.IsBetterThan(best[at - 1], now.Wall))
            at--;
        if (at == best.Length)
            return found;
        var last = Math.Min(found, best.Length - 1);
        best[at..last].CopyTo(best[(at + 1)..]);
        best[at] = candidate;
        return last + 1;
    }

    private bool IsEmptier(int a, int b)
    {
        var (left, right) = (_openings[a]!.Value.Load, _openings[b]!.Value.Load);
        return left < right || (left == right && _uses[a] < _uses[b]);
    }

    private bool IsNext(int a, int b)
    {
        var (left, right) = (_openings[a]!.Value.Turn, _openings[b]!.Value.Turn);
        return left < right || (left == right && IsEmptier(a, b));
    }
}
