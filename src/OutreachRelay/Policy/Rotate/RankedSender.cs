using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>A sender in a pool, with its state.</summary>
internal sealed record PoolMember(PoolModel Pool, SenderModel Model, SenderState State, LocalDay Day)
{
    /// <summary>Its local date, which does not go back.</summary>
    public DateOnly Today(DateTimeOffset now) => State.Today(Day.Date(now));

    /// <summary>What one entry costs on a date, on what memory knows.</summary>
    /// <param name="slack">How far the sender's counter may have moved since, by accepts that overtook this one; <see cref="int.MaxValue"/>: any way.</param>
    /// <remarks>Only the sender's counter decided the ranking, so only its movement makes the ranking stale. The others go by their limits.</remarks>
    public ImmutableArray<CounterClaim> Claims(DateOnly date, SharedLimits shared, Instant now, int slack)
    {
        var expected = slack == int.MaxValue ? long.MaxValue : State.Units.Taken(date) + slack;
        return
        [
            new(new(CounterScope.Sender, State.Key, date), SenderCap.Of(Model, State, date, Today(now.Wall)), expected),
            new(new(CounterScope.Domain, State.Domain.Name, date), SenderCap.OfDomain(Pool, Model, date), long.MaxValue),
            new(new(CounterScope.Direction, shared.Direction.Name, date), shared.DirectionLimit, long.MaxValue),
            new(new(CounterScope.Client, shared.Client.Name, date), shared.ClientLimit, long.MaxValue),
        ];
    }
}

/// <summary>A sender that has room, and where.</summary>
internal readonly record struct RankedSender(PoolMember Member, SenderOpening Opening)
{
    /// <summary>Those that can send now go by their load, then by who was used least recently; before those that cannot, which go by when they can.</summary>
    public bool IsBetterThan(RankedSender other, DateTimeOffset now)
    {
        var (mine, theirs) = (Opening.Expected <= now, other.Opening.Expected <= now);
        if (mine != theirs)
            return mine;
        if (!mine && Opening.Turn != other.Opening.Turn)
            return Opening.Turn < other.Opening.Turn;
        return Opening.Load < other.Opening.Load
            || (Opening.Load == other.Opening.Load && Member.State.LastUse < other.Member.State.LastUse);
    }
}

/// <summary>What all senders of a direction share: the counters of direction and client with their limits.</summary>
internal readonly record struct SharedLimits(BudgetCounter Direction, long DirectionLimit, BudgetCounter Client, long ClientLimit)
{
    public bool HaveRoom(DateOnly date, int units) =>
        (DirectionLimit == long.MaxValue || Direction.Taken(date) + units <= DirectionLimit)
        && (ClientLimit == long.MaxValue || Client.Taken(date) + units <= ClientLimit);
}
