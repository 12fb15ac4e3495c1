using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>Decides what an entry waits for. Pure: it reads the answers that the schedule acts on.</summary>
public static class WaitDecision
{
    /// <returns>All that it waits for at once, what ends last first; at least one.</returns>
    public static ImmutableArray<Wait> Decide(WaitFacts facts)
    {
        var entry = facts.Entry;
        return entry.State switch
        {
            EntryState.Leased => [new Wait(WaitKind.Attempt, null, $"an attempt at {entry.Upstream} is running")],
            EntryState.Held => [new Wait(WaitKind.Operator, null, WaitText.OfHold(facts.Hold))],
            EntryState.Dead => [new Wait(WaitKind.Operator, null, "it is in the dead letter queue: no schedule will try it again")],
            EntryState.Queued or EntryState.InDoubt => DecideWaiting(facts),
            EntryState.Dropped when facts.Drop is { } drop => [new Wait(WaitKind.Finished, null, WaitText.OfDrop(drop))],
            _ => [new Wait(WaitKind.Finished, null, "")],
        };
    }

    /// <summary>When an entry that waits for all of these may leave; <see langword="null"/> when no time is known.</summary>
    public static DateTimeOffset? Earliest(ImmutableArray<Wait> waits) => waits.Any(static wait => wait.Until is null) ? null : waits.Max(static wait => wait.Until);

    private static ImmutableArray<Wait> DecideWaiting(WaitFacts facts)
    {
        var (entry, now) = (facts.Entry, facts.Now);
        if (now >= entry.ExpiresAt)
            return [new Wait(WaitKind.Expiry, null, "its time has run out")];
        if (!facts.Store.CanWrite)
            return [new Wait(WaitKind.Store, null, "the store takes no writes: " + facts.Store.Reason)];
        if (facts.Place == EntryPlace.OnItsWay)
            return [new Wait(WaitKind.Attempt, null, "it was given to an upstream, and waits for a connection or for the upstream's rate")];
        if (facts.Suppression is { } suppression)
            return [new Wait(WaitKind.Suppression, null, SuppressionText.Event(suppression) + "; when its turn comes it is dropped")];
        if (facts.Scope is { } hold)
            return [new Wait(WaitKind.Operator, hold.Until, WaitText.OfHold(hold))];
        if (entry.Due > now)
            return IsHeldThen(facts) ? [new Wait(WaitKind.Operator, null, "then it is held"), DecideNotDue(facts)] : [DecideNotDue(facts)];
        var decision = DueDecision.Decide(entry, facts.Model, facts.Standing, now);
        return decision.Action switch
        {
            DueAction.Send => DecideSend(facts),
            DueAction.Redate => [Place(facts, WaitKind.OtherDate, $"it holds a unit of {WaitText.Of(entry.UnitDate)} and needs one of another day{WaitText.Of(facts.Today)}")],
            DueAction.Reassign => [DecideReassign(facts, decision)],
            DueAction.Hold or DueAction.Bury => [new Wait(WaitKind.Operator, null, decision.Reason)],
            _ when facts.Standing?.PausedSince is { } since => [DecidePaused(facts, since)],
            _ => [new Wait(WaitKind.Configuration, null, decision.Reason)],
        };
    }

    private static bool IsHeldThen(WaitFacts facts) =>
        facts.Entry.State == EntryState.InDoubt && facts.Model.Delivery.InDoubt == InDoubtAction.Hold;

    // The turn is looked at from the due time on, so it is the earliest time of both. A sender that is paused then may not be its sender any more.
    private static Wait DecideNotDue(WaitFacts facts)
    {
        var entry = facts.Entry;
        var until = facts.Standing is { PausedSince: not null } && entry.Rank != EntryRank.Tried ? entry.Due : facts.Turn.Earliest;
        if (entry.State == EntryState.InDoubt)
            return new Wait(WaitKind.InDoubt, until, WaitText.OfDoubt(facts));
        if (entry.Rank == EntryRank.Tried)
            return new Wait(WaitKind.Retry, until, $"after {WaitText.Attempts(entry.Attempts)}; the last ended with: {entry.LastReply}");
        if (entry.NotBefore > facts.Now)
            return new Wait(WaitKind.SendTime, until, $"its client asked for {WaitText.Of(entry.NotBefore.Value)}");
        if (entry is { UnitDate: null, Sender: not null })
            return new Wait(WaitKind.Unit, entry.Due < entry.ExpiresAt ? until : null, "its sender has no unit for it; it leaves when one comes free");
        if (facts.Standing is { } standing && entry.UnitDate > standing.Today)
            return new Wait(WaitKind.OtherDate, until, $"it holds a unit of {WaitText.Of(entry.UnitDate)}{WaitText.Of(facts.Today)}; it moves up when room comes free");
        return facts.Gate.State == GateState.Window
            ? new Wait(WaitKind.Window, until, "its sender's window is closed")
            : new Wait(WaitKind.DueTime, until, $"it is due at {WaitText.Of(entry.Due)}");
    }

    private static Wait DecideReassign(WaitFacts facts, DueDecision decision)
    {
        if (facts.HasEligible)
            return Place(facts, WaitKind.Reassignment, decision.Reason);
        return facts.Entry.Sender is null
            ? new Wait(WaitKind.Sender, facts.NextReturn, "all senders of its direction are paused")
            : new Wait(WaitKind.Paused, facts.NextReturn, $"{decision.Reason}; all others are paused too");
    }

    private static Wait DecidePaused(WaitFacts facts, DateTimeOffset since)
    {
        if (facts.Entry.KeepsAuthor)
            return new Wait(WaitKind.Paused, facts.Gate.Until, $"its author is paused: {facts.Standing!.Value.PauseReason}; it is nobody else's to send");
        var missing = since + facts.Model.Clients[facts.Entry.Client].Directions[facts.Entry.Direction].Pool.StickyMissing;
        var until = facts.Gate.Until < missing ? facts.Gate.Until : missing;
        return new Wait(WaitKind.Paused, until, $"its sender is paused: {facts.Standing!.Value.PauseReason}; from {WaitText.Of(missing)} on another may go on with the thread");
    }

    private static ImmutableArray<Wait> DecideSend(WaitFacts facts)
    {
        var waits = new List<Wait>(2);
        if (DecideGate(facts) is { } gate)
            waits.Add(gate);
        if (!facts.Upstreams.Any(static upstream => upstream.Obstacle == UpstreamObstacle.None))
            waits.Add(DecideUpstream(facts));
        return waits is []
            ? [new Wait(WaitKind.Nothing, facts.Now, "it leaves as soon as it is read")]
            : [.. waits.OrderByDescending(static wait => wait.Until ?? DateTimeOffset.MaxValue)];
    }

    private static Wait? DecideGate(WaitFacts facts)
    {
        var (gate, turn) = (facts.Gate.State, facts.Turn);
        if (turn.Earliest <= facts.Now)
            return null;
        return turn.Before.IsDefaultOrEmpty
            ? new Wait(KindOf(gate), turn.Earliest, WaitText.Of(gate, facts.Standing))
            : new Wait(WaitKind.Turn, turn.Earliest, WaitText.Of(turn.Before) + (gate == GateState.Open ? "" : "; " + WaitText.Of(gate, facts.Standing)));
    }

    // An open circuit is probed first, a budget has its day, a rest its end; what a trial, a rate, or this entry's next round will show has no time.
    private static Wait DecideUpstream(WaitFacts facts)
    {
        var mayChange = facts.Upstreams.Any(static upstream =>
            upstream.Obstacle is UpstreamObstacle.OnTrial or UpstreamObstacle.CredentialRests or UpstreamObstacle.FailedNow or UpstreamObstacle.Rate);
        DateTimeOffset? until = mayChange ? null : facts.Upstreams
            .Where(static upstream => upstream.Obstacle is UpstreamObstacle.Down or UpstreamObstacle.Budget or UpstreamObstacle.Held or UpstreamObstacle.SenderRests
                or UpstreamObstacle.Throttled)
            .Min(static upstream => upstream.Until);
        return new Wait(WaitKind.Upstream, until < facts.Now ? facts.Now : until, WaitText.Of(facts.Upstreams));
    }

    private static Wait Place(WaitFacts facts, WaitKind kind, string detail) => facts.NextPlace is { } place
        ? new Wait(kind, place < facts.Now ? facts.Now : place, detail)
        : new Wait(WaitKind.Unit, null, detail + "; there is no room before it expires");

    /// <summary>What a sender's mail waits for when its gate is closed.</summary>
    public static WaitKind KindOf(GateState state) => state switch
    {
        GateState.Gap => WaitKind.Gap,
        GateState.Window => WaitKind.Window,
        GateState.DailyLimit => WaitKind.DailyLimit,
        GateState.HourlyLimit => WaitKind.HourlyLimit,
        GateState.Paused => WaitKind.Paused,
        GateState.Busy => WaitKind.Busy,
        _ => WaitKind.Turn,
    };
}
