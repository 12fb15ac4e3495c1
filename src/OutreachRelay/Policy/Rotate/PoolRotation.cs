using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>One pool of one model with the counters of its senders at hand, so that a choice is a walk over an array.</summary>
internal sealed class PoolRotation
{
    private readonly Member[] _members;
    private readonly Dictionary<string, int> _index;
    private readonly long _domainLimit;

    public PoolRotation(PoolModel pool, BudgetLedger ledger, Func<TimeZoneInfo, LocalDay> days)
    {
        _domainLimit = pool.DomainDailyLimit ?? long.MaxValue;
        _members = pool.Senders.Select(sender => new Member(
            sender,
            ledger.GetNeedsLock(CounterScope.Sender, sender.Key),
            ledger.GetNeedsLock(CounterScope.Domain, sender.Domain),
            days(sender.TimeZone))).ToArray();
        _index = _members.Select((member, i) => (member.Model.Key, i)).ToDictionary(pair => pair.Key, pair => pair.i);
    }

    public bool Contains(string senderKey) => _index.ContainsKey(senderKey);

    /// <summary>The senders that could take <paramref name="units"/> recipients on the earliest possible day, best first.</summary>
    /// <param name="only">The one sender that may be taken, or <see langword="null"/> for a free choice.</param>
    /// <param name="best">Receives the ranking; its length is the most that is wanted.</param>
    /// <returns>How many there are; 0 when none has room before <paramref name="expires"/>.</returns>
    /// <remarks>Needs the ledger's lock. Smallest used ÷ (cap × weight) first, then the least recently used.</remarks>
    public int Rank(int units, string? only, SharedLimits shared, DateTimeOffset now, DateTimeOffset expires, Span<RankedSender> best)
    {
        var members = _members.AsSpan();
        if (only is not null)
            members = _index.TryGetValue(only, out var index) ? members.Slice(index, 1) : [];
        // One day more than the message lives, for senders whose zone is ahead.
        var days = (int)(expires - now).TotalDays + 1;
        for (var day = 0; day <= days; day++)
        {
            var found = RankDay(members, units, chosenFreely: only is null, shared, day, now, expires, best);
            if (found > 0)
                return found;
        }
        return 0;
    }

    private int RankDay(
        ReadOnlySpan<Member> members, int units, bool chosenFreely, SharedLimits shared, int day,
        DateTimeOffset now, DateTimeOffset expires, Span<RankedSender> best)
    {
        var found = 0;
        LocalDay? zone = null;
        var date = DateOnly.MinValue;
        foreach (var member in members)
        {
            if (!ReferenceEquals(member.Day, zone))
                (zone, date) = (member.Day, member.Day.Date(now).AddDays(day));
            var used = member.Sender.Taken(date);
            if (used + units > member.Model.DailyLimit
                || (_domainLimit != long.MaxValue && member.Domain.Taken(date) + units > _domainLimit))
                continue;
            if ((chosenFreely && member.Model.Weight <= 0) || !shared.HaveRoom(date, units) || !shared.CanCarry(member.Model))
                continue;
            var due = day == 0 ? now : member.Day.Start(date);
            if (due >= expires)
                continue;
            var load = used / (member.Model.DailyLimit * Math.Max(member.Model.Weight, double.Epsilon));
            found = Insert(best, found, new RankedSender(member, date, due, load));
        }
        return found;
    }

    // The ranking is a handful long: an insertion into a sorted span.
    private static int Insert(Span<RankedSender> best, int found, RankedSender candidate)
    {
        var at = found;
        while (at > 0 && candidate.IsBetterThan(best[at - 1]))
            at--;
        if (at == best.Length)
            return found;
        var last = Math.Min(found, best.Length - 1);
        best[at..last].CopyTo(best[(at + 1)..]);
        best[at] = candidate;
        return last + 1;
    }

    /// <summary>A sender of the pool with its counters.</summary>
    internal sealed record Member(SenderModel Model, BudgetCounter Sender, BudgetCounter Domain, LocalDay Day);

    /// <summary>A sender that has room, and how full it is.</summary>
    internal readonly record struct RankedSender(Member Member, DateOnly Date, DateTimeOffset Due, double Load)
    {
        public bool IsBetterThan(RankedSender other) =>
            Load < other.Load || (Load == other.Load && Member.Sender.LastUse < other.Member.Sender.LastUse);
    }

    /// <summary>What one entry costs with a ranked sender, on what the ranking saw.</summary>
    /// <param name="slack">How far the sender's counter may have moved since, by accepts that overtook this one; <see cref="int.MaxValue"/>: any way.</param>
    /// <remarks>Only the sender's counter decided the ranking, so only its movement makes the ranking stale. The others go by their limits.</remarks>
    public ImmutableArray<CounterClaim> Claims(RankedSender ranked, SharedLimits shared, int slack)
    {
        var (member, date) = (ranked.Member, ranked.Date);
        var expected = slack == int.MaxValue ? long.MaxValue : member.Sender.Taken(date) + slack;
        return
        [
            new(new(CounterScope.Sender, member.Sender.Name, date), member.Model.DailyLimit, expected),
            new(new(CounterScope.Domain, member.Domain.Name, date), _domainLimit, long.MaxValue),
            new(new(CounterScope.Direction, shared.Direction.Name, date), shared.DirectionLimit, long.MaxValue),
            new(new(CounterScope.Client, shared.Client.Name, date), shared.ClientLimit, long.MaxValue),
        ];
    }
}

/// <summary>What all senders of a direction share: its upstreams, and the counters of direction and client with their limits.</summary>
internal readonly record struct SharedLimits(
    DirectionModel Model, BudgetCounter Direction, long DirectionLimit, BudgetCounter Client, long ClientLimit)
{
    /// <summary>Whether the sender may use one of the direction's upstreams; otherwise its mail would wait for nothing.</summary>
    public bool CanCarry(SenderModel sender) =>
        sender.Upstreams.IsEmpty || Model.Upstreams.Any(upstream => sender.Upstreams.Contains(upstream.Name));

    public bool HaveRoom(DateOnly date, int units) =>
        (DirectionLimit == long.MaxValue || Direction.Taken(date) + units <= DirectionLimit)
        && (ClientLimit == long.MaxValue || Client.Taken(date) + units <= ClientLimit);
}
