using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

// Where an entry goes: to an upstream that can take it, or aside until one can.
public sealed partial class Schedule
{
    /// <summary>Whether another upstream than the one that failed could take the entry in this round.</summary>
    public bool HasAlternative(ReadyEntry entry, string failed)
    {
        lock (_gate)
        {
            return FindDirection(entry) is { } direction
                && UpstreamChoice.Any(direction, failed, upstream => FindTakerNeedsLock(upstream, entry));
        }
    }

    /// <summary>Whether an entry that an upstream cannot carry may go to another one of its direction, be that up or down now.</summary>
    public bool MayFitElsewhere(ReadyEntry entry, string unfit)
    {
        lock (_gate)
            return FindDirection(entry) is { } direction && UpstreamChoice.HasOther(direction, FindSender(entry.Entry), entry, unfit);
    }

    /// <summary>Notes what an attempt or probe observed of an upstream. When its state changes, what waits for it is routed anew.</summary>
    /// <returns>Whether the state changed.</returns>
    public bool Observe(UpstreamState upstream, Func<UpstreamHealth, DateTimeOffset, bool> observation)
    {
        lock (_gate)
        {
            if (!observation(upstream.Health, SteadyNow))
                return false;
            if (upstream.Health.State == CircuitState.HalfOpen)
            {
                upstream.Concurrency.Restart();
                upstream.Sessions.Bound(upstream.Concurrency.Limit);
            }
            if (upstream.Health.State == CircuitState.Open)
                RouteWaitingNeedsLock(upstream);
            else
                RouteParkedNeedsLock();
            return true;
        }
    }

    /// <summary>A lease found an upstream's budget used up: what waits for it goes elsewhere, or waits for room.</summary>
    public void GiveBackFull(ReadyEntry entry, UpstreamState upstream)
    {
        lock (_gate)
        {
            RouteNeedsLock(entry);
            RouteWaitingNeedsLock(upstream);
        }
    }

    /// <summary>Whether the operator holds all of a lane, by itself or by its upstreams.</summary>
    public bool IsHeld(LaneKey lane)
    {
        var holds = _holds;
        return holds.Find(lane) is not null
            || (relay.Model.FindDirection(lane.Client, lane.Direction) is { Upstreams.IsEmpty: false } direction
                && direction.Upstreams.All(upstream => holds.Find(lane, upstream.Name) is not null));
    }

    /// <summary>Lets parked entries try again, also where an upstream had failed them.</summary>
    public void RetryParked()
    {
        lock (_gate)
            RouteParkedNeedsLock();
    }

    private void RouteNeedsLock(ReadyEntry entry)
    {
        ReturnPromiseNeedsLock(entry);
        if (_holds.Find(entry.Entry) is not null)
        {
            // It stays in the store, which is read again when the hold is over.
            ForgetNeedsLock(entry);
            entry.Lane.Note(entry.Entry.Due, entry.Entry.Rank == EntryRank.Tried);
            return;
        }
        BarNeedsLock(entry);
        var upstream = _stopped || !store.Health.CanWrite || FindDirection(entry) is not { } direction
            ? null
            : UpstreamChoice.Choose(direction, entry, model => FindTakerNeedsLock(model, entry));
        if (upstream is null)
        {
            ParkNeedsLock(entry);
            return;
        }
        entry.IsTrial = upstream.Health.Take();
        HandOutNeedsLock(upstream, entry);
    }

    // Those that nobody can take must not use up the places of those that somebody can: beyond a share they go back to the store.
    private void ParkNeedsLock(ReadyEntry entry)
    {
        ReturnGateNeedsLock(entry);
        if (entry.Home.Parked.Count < DirectionQueue.ParkedCapacity)
        {
            entry.Home.Parked.Add(entry);
            return;
        }
        ForgetNeedsLock(entry);
        entry.Lane.Note(entry.Entry.Due, entry.Entry.Rank == EntryRank.Tried);
        if (entry.Lane.IsQueued)
            return;
        entry.Lane.IsQueued = true;
        entry.Home.Stuck.Add(entry.Lane);
    }

    private DirectionModel? FindDirection(ReadyEntry entry) => relay.Model.FindDirection(entry.Home.Client, entry.Home.Name);

    private SenderModel? FindSender(QueueEntry entry) => entry.Sender is { } key ? relay.Model.Senders.GetValueOrDefault(key) : null;

    // The upstream's state when it can take the entry now.
    private UpstreamState? FindTakerNeedsLock(UpstreamModel upstream, ReadyEntry entry) =>
        _upstreams.TryGetValue(upstream.Name, out var state) && FindObstacleNeedsLock(state, entry) == UpstreamObstacle.None ? state : null;

    private void RouteWaitingNeedsLock(UpstreamState upstream)
    {
        var waiting = new List<ReadyEntry>(upstream.Waiting.Count);
        while (upstream.Waiting.Dequeue() is { } entry)
            waiting.Add(entry);
        foreach (var entry in waiting)
        {
            // Another one is to show whether the upstream works, if this one does not go there again.
            if (entry.IsTrial)
                upstream.Health.TrialReturned();
            entry.IsTrial = false;
            RouteNeedsLock(entry);
        }
    }

    private void RouteParkedNeedsLock()
    {
        var now = time.GetUtcNow();
        foreach (var direction in _directions.Values)
        {
            foreach (var entry in direction.Parked)
                entry.Excluded.Clear();
            RouteParkedNeedsLock(direction, now);
        }
        WakeFeed();
    }

    private void RouteParkedNeedsLock(DirectionQueue direction, DateTimeOffset now)
    {
        var parked = direction.Parked.ToArray();
        direction.Parked.Clear();
        foreach (var entry in parked)
        {
            if (entry.Entry.ExpiresAt <= now)
                ForgetNeedsLock(entry);
            else
                RouteParkedNeedsLock(entry);
        }
        ReleaseStuckNeedsLock(direction);
    }

    // Its gate was given back while it was parked: the sender's other mail did not wait for it, and it does not leave beside that.
    private void RouteParkedNeedsLock(ReadyEntry entry)
    {
        if (entry.Entry is { Rank: not EntryRank.Tried, Sender: { } sender })
        {
            if (!gates.TryTake(relay.Model, sender).IsOpen)
            {
                ForgetNeedsLock(entry);
                entry.Lane.Note(entry.Entry.Due, wasTried: false);
                QueueNeedsLock(entry.Lane);
                return;
            }
            entry.HoldsGate = true;
        }
        RouteNeedsLock(entry);
    }
}
