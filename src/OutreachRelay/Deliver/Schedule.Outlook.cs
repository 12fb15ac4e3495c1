using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Where memory has an entry.</summary>
public enum EntryPlace
{
    /// <summary>Nowhere: it is in the store alone.</summary>
    Store,

    /// <summary>It is due, and no upstream could take it.</summary>
    Parked,

    /// <summary>It was given to an upstream: it waits for a connection, or an attempt runs.</summary>
    OnItsWay,
}

/// <summary>Why an upstream would not take an entry now: the first that applies.</summary>
public enum UpstreamObstacle
{
    /// <summary>It would.</summary>
    None,

    /// <summary>The entry's sender may not leave there.</summary>
    SenderNotAllowed,

    /// <summary>Another upstream may have taken it, and only that one may see it again.</summary>
    MaybeSentElsewhere,

    /// <summary>Preflight fails there for the sender's domain.</summary>
    Preflight,

    /// <summary>It lacks an extension that the message needs, or takes none of its size.</summary>
    CannotCarry,

    /// <summary>It has just failed this entry.</summary>
    FailedNow,

    /// <summary>The operator holds it, for all mail or for such.</summary>
    Held,

    /// <summary>Its circuit is open.</summary>
    Down,

    /// <summary>Its circuit is half-open, and the one trial runs.</summary>
    OnTrial,

    /// <summary>As much of the direction waits for its rate as may.</summary>
    Rate,

    /// <summary>Its limit of the day or the month, or its budget, is used up.</summary>
    Budget,

    /// <summary>The credential for the sender's domain was refused lately.</summary>
    CredentialRests,

    /// <summary>It refused the sender or its domain lately.</summary>
    SenderRests,

    /// <summary>It found that it gets too much, and gets nothing for a while.</summary>
    Throttled,

    /// <summary>It could, but one of a lower tier goes before it.</summary>
    LowerTierFirst,
}

/// <param name="Reason">Why its circuit is not closed, which limit is used up, who holds it and why, or which rule refused the sender; untrusted text, else empty.</param>
/// <param name="Since">Since when its circuit is closed, or is not, or it refuses the sender, by the wall's clock.</param>
/// <param name="Until">When it is probed next, has room again, is held no longer, or its rest or the sender's is over; <see langword="null"/> when no time is known.</param>
public sealed record UpstreamAnswer(string Name, int Tier, UpstreamObstacle Obstacle, string Reason, DateTimeOffset Since, DateTimeOffset? Until);

/// <param name="OnTheirWay">Other entries of its lane that were given to an upstream.</param>
public sealed record EntryView(EntryPlace Place, ImmutableArray<UpstreamAnswer> Upstreams, ImmutableHashSet<long> OnTheirWay);

// What an operator asks of an entry.
public sealed partial class Schedule
{
    /// <summary>Where an entry is, and what each upstream of its direction would say to it now.</summary>
    public EntryView Look(DirectionModel direction, QueueEntry entry)
    {
        lock (_gate)
        {
            var key = new LaneKey(entry.Client, entry.Direction, entry.Sender);
            var lane = _lanes.GetValueOrDefault(key);
            var parked = lane?.Home.Parked.Find(ready => ready.Entry.Id == entry.Id);
            var place = parked is not null ? EntryPlace.Parked : lane?.Contains(entry.Id) == true ? EntryPlace.OnItsWay : EntryPlace.Store;
            var asked = parked ?? new ReadyEntry(lane ?? new SenderLane(key, FindDirectionNeedsLock(entry.Client, entry.Direction)), entry, null);
            BarNeedsLock(asked);
            var answers = ImmutableArray.CreateBuilder<UpstreamAnswer>(direction.Upstreams.Length);
            int? tier = null;
            foreach (var model in direction.Upstreams)
            {
                if (!_upstreams.TryGetValue(model.Name, out var state))
                    continue;
                var obstacle = FindObstacleNeedsLock(state, asked);
                if (obstacle == UpstreamObstacle.None && model.Tier > (tier ??= model.Tier))
                    obstacle = UpstreamObstacle.LowerTierFirst;
                answers.Add(AnswerNeedsLock(state, obstacle, FindSender(entry), _holds.Find(key, model.Name)));
            }
            var away = lane is null ? [] : lane.Ids().Except(lane.Home.Parked.Select(static ready => ready.Entry.Id).Append(entry.Id));
            return new EntryView(place, answers.DrainToImmutable(), [.. away]);
        }
    }

    private UpstreamObstacle FindObstacleNeedsLock(UpstreamState upstream, ReadyEntry entry)
    {
        var sender = FindSender(entry.Entry);
        var obstacle = UpstreamChoice.FindObstacle(upstream.Model.Name, sender, entry);
        return obstacle == UpstreamObstacle.None ? FindObstacleNeedsLock(upstream, sender, entry.Lane) : obstacle;
    }

    // Whatever the entry is.
    private UpstreamObstacle FindObstacleNeedsLock(UpstreamState upstream, SenderModel? sender, SenderLane lane)
    {
        if (_holds.Find(lane.Key, upstream.Model.Name) is not null)
            return UpstreamObstacle.Held;
        if (!upstream.Health.CanTake)
            return upstream.Health.State == CircuitState.Open ? UpstreamObstacle.Down : UpstreamObstacle.OnTrial;
        if (upstream.RestsUntil is not null)
            return UpstreamObstacle.Throttled;
        if (!budgets.HasRoom(upstream.Model))
            return UpstreamObstacle.Budget;
        if (upstream.Waiting.CountOf(lane.Home) >= upstream.Rate.Backlog)
            return UpstreamObstacle.Rate;
        if (sender is not null && !upstream.Refused.IsEmpty && upstream.Refused.Find(sender, time.GetUtcNow()) is not null)
            return UpstreamObstacle.SenderRests;
        return upstream.Resting.Contains(upstream.Model.CredentialFor(sender?.Domain ?? "")) ? UpstreamObstacle.CredentialRests : UpstreamObstacle.None;
    }

    // Health is measured on the clock that is never stepped.
    private UpstreamAnswer AnswerNeedsLock(UpstreamState upstream, UpstreamObstacle obstacle, SenderModel? sender, QueueHold? hold)
    {
        var (health, offset) = (upstream.Health, time.GetUtcNow() - SteadyNow);
        var answer = new UpstreamAnswer(
            upstream.Model.Name, upstream.Model.Tier, obstacle, health.Reason, (health.DownSince ?? health.Since) + offset,
            health.State == CircuitState.Open ? health.ProbeAt + offset : null);
        return obstacle switch
        {
            UpstreamObstacle.Held => answer with { Reason = WaitText.OfHold(hold!), Since = hold!.Since, Until = hold.Until },
            UpstreamObstacle.Budget when budgets.Use(upstream.Model) is var use => answer with { Reason = use.Reason, Until = use.Until },
            UpstreamObstacle.Throttled => answer with { Until = upstream.RestsUntil + offset },
            UpstreamObstacle.SenderRests when upstream.Refused.Find(sender!, time.GetUtcNow()) is { } rest =>
                answer with { Reason = rest.Rule, Since = rest.Since, Until = rest.Until },
            _ => answer,
        };
    }
}
