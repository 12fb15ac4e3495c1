using System.Collections.Immutable;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Why a sender would not be chosen for a first mail now: the first that applies.</summary>
public enum SenderObstacle
{
    /// <summary>It could send now.</summary>
    None,

    /// <summary>None of the direction's upstreams may carry it.</summary>
    NoUpstream,

    /// <summary>Its weight or its daily limit is 0.</summary>
    SwitchedOff,

    /// <summary>Preflight fails for its domain at all upstreams by which it may leave.</summary>
    Preflight,

    /// <summary>It, or its domain, is paused.</summary>
    Paused,

    /// <summary>Its own limit of today is used up; in warm-up that is the day's.</summary>
    DailyLimit,

    /// <summary>Its domain's limit of today is used up.</summary>
    DomainLimit,

    /// <summary>The direction's limit of today is used up.</summary>
    DirectionLimit,

    /// <summary>The client's limit of today is used up.</summary>
    ClientLimit,

    /// <summary>Its window is closed.</summary>
    Window,

    /// <summary>Its gap lets no mail through now, or no more today than wait already.</summary>
    Gap,
}

/// <param name="Count">How many senders it keeps.</param>
public readonly record struct ObstacleCount(SenderObstacle Obstacle, int Count);

/// <summary>Looks at the senders of a direction as a choice would, without choosing.</summary>
public sealed class SenderLineup(BudgetLedger ledger, Rotation rotation, RotationClock clock)
{
    // Accepts go on between two shares of a large pool.
    private const int Share = 512;

    private static readonly TimeSpan Horizon = TimeSpan.FromDays(8);

    /// <summary>How many senders of a direction could send now, and what keeps the others.</summary>
    public ImmutableArray<ObstacleCount> Count(RelayModel model, DirectionModel direction)
    {
        var counts = new SortedDictionary<SenderObstacle, int>();
        foreach (var senders in direction.Pool.Senders.Chunk(Share))
        {
            lock (ledger.Gate)
            {
                foreach (var sender in senders)
                {
                    var obstacle = FindNeedsLock(model, direction, sender.Key, clock.NowNeedsLock());
                    counts[obstacle] = counts.GetValueOrDefault(obstacle) + 1;
                }
            }
        }
        return [.. counts.Select(pair => new ObstacleCount(pair.Key, pair.Value))];
    }

    /// <summary>What keeps one sender from taking another mail now.</summary>
    public SenderObstacle Find(RelayModel model, DirectionModel direction, string senderKey)
    {
        lock (ledger.Gate)
            return FindNeedsLock(model, direction, senderKey, clock.NowNeedsLock());
    }

    /// <summary>When a mail could leave whose sender were chosen now, or that stays with <paramref name="only"/>; <see langword="null"/>: not before it expires.</summary>
    public DateTimeOffset? NextPlace(RelayModel model, DirectionModel direction, string? only, DateTimeOffset notBefore, DateTimeOffset expires)
    {
        lock (ledger.Gate)
        {
            var now = clock.NowNeedsLock();
            var shared = rotation.Shared(model.Clients[direction.Client], direction);
            if (only is not null)
                return rotation.MemberNeedsLock(model, only) is { } member ? SenderOpening.Find(member, 1, shared, now, notBefore, expires)?.Due : null;
            Span<RankedSender> best = new RankedSender[1];
            return rotation.PoolNeedsLock(direction).Rank(1, shared, now, notBefore, expires, best) > 0 ? best[0].Opening.Due : null;
        }
    }

    private SenderObstacle FindNeedsLock(RelayModel model, DirectionModel direction, string key, Instant now)
    {
        var pool = rotation.PoolNeedsLock(direction);
        if (pool.Find(key) is not { } member)
            return SenderObstacle.NoUpstream;
        if (member.Model is not { Weight: > 0, DailyLimit: > 0 })
            return SenderObstacle.SwitchedOff;
        if (member.State.Bar is not null || pool.IsBarred(member))
            return SenderObstacle.Preflight;
        if (member.State.IsPaused)
            return SenderObstacle.Paused;
        var (today, shared) = (member.Today(now.Wall), rotation.Shared(model.Clients[direction.Client], direction));
        var limit = Limit(member, shared, today);
        return limit != SenderObstacle.None ? limit : Time(member, now, today);
    }

    private static SenderObstacle Limit(PoolMember member, SharedLimits shared, DateOnly today)
    {
        var state = member.State;
        if (Math.Max(state.Units.Taken(today), state.Sent.Taken(today)) >= SenderCap.Of(member.Model, state, today, today))
            return SenderObstacle.DailyLimit;
        if (state.Domain.Units.Taken(today) >= SenderCap.OfDomain(member.Pool, member.Model, today))
            return SenderObstacle.DomainLimit;
        if (shared.Direction.Taken(today) >= shared.DirectionLimit)
            return SenderObstacle.DirectionLimit;
        return shared.Client.Taken(today) >= shared.ClientLimit ? SenderObstacle.ClientLimit : SenderObstacle.None;
    }

    private static SenderObstacle Time(PoolMember member, Instant now, DateOnly today)
    {
        if (!member.Model.Calendar.IsOpen(now.Wall))
            return SenderObstacle.Window;
        return SenderOpening.Find(member, 1, null, now, now.Wall, now.Wall + Horizon) is { } opening && opening.Date == today && opening.Expected <= now.Wall
            ? SenderObstacle.None
            : SenderObstacle.Gap;
    }
}
