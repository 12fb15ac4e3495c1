using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

// What the store may have that memory has not: which lanes are to be read, and when.
public sealed partial class Schedule
{
    // Entries of a sender without a gap that are read at once; and how few of them are left when the next are read.
    private const int LaneCapacity = 32;
    private const int LaneRefill = 8;

    // Lanes that are fed at once when there is room again.
    private const int HungryFed = DirectionQueue.Capacity / 2 / LaneCapacity;

    // How long a lane rests from which nothing could be taken.
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly Queue<SenderLane> _wanting = [];
    private readonly PriorityQueue<SenderLane, DateTimeOffset> _timers = new();

    // A gate is a sender's, a lane a direction's: what waits for a mail that is on its way may be another lane than that mail's.
    private readonly Dictionary<string, List<SenderLane>> _gateWaits = [];
    private bool _lanesAreStale = true;

    /// <summary>Whether the store is to be asked which lanes it has; at the start, and after changes from outside. Asking takes the wish.</summary>
    public bool TakeStale()
    {
        lock (_gate)
        {
            var areStale = _lanesAreStale;
            _lanesAreStale = false;
            return areStale;
        }
    }

    /// <summary>Takes over the lanes that the store has.</summary>
    public void AddLanes(ImmutableArray<LaneHead> heads)
    {
        lock (_gate)
        {
            foreach (var idle in _lanes.Values.Where(static lane => lane is { IsIdle: true, IsQueued: false, WaitsForGate: false }).ToList())
                _lanes.Remove(idle.Key);
            foreach (var (key, due) in heads)
            {
                var lane = FindLaneNeedsLock(key);
                lane.Note(due, wasTried: true);
                lane.Note(due, wasTried: false);
                lane.MayPull = true;
                QueueNeedsLock(lane);
            }
        }
    }

    /// <summary>The next lane to read, or <see langword="null"/>.</summary>
    /// <param name="next">When there may be another.</param>
    public LaneRead? NextRead(out DateTimeOffset next)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            while (_timers.TryPeek(out var lane, out var at) && (at <= now || lane.Timer != at))
            {
                _timers.Dequeue();
                if (lane.Timer != at)
                    continue;
                lane.Timer = DateTimeOffset.MaxValue;
                QueueNeedsLock(lane);
            }
            while (_wanting.TryDequeue(out var lane))
            {
                lane.IsQueued = false;
                if (ReadNeedsLock(lane, now) is not { } read)
                    continue;
                next = now;
                return read;
            }
            next = _timers.TryPeek(out _, out var first) ? first : DateTimeOffset.MaxValue;
            return null;
        }
    }

    /// <summary>Takes what the feed has read of a lane.</summary>
    /// <param name="entries">Those that can be sent, in the order in which they leave.</param>
    /// <param name="nextTried">When the store's next entry that was tried before is due; <see langword="null"/> when they were not read.</param>
    /// <param name="nextUntried">The same of those without an attempt.</param>
    public void AddPage(LaneRead read, ImmutableArray<QueueEntry> entries, DateTimeOffset? nextTried, DateTimeOffset? nextUntried)
    {
        lock (_gate)
        {
            var lane = read.Lane;
            // What was noted while the lane was read stays noted.
            if (nextTried is { } tried)
                lane.Note(tried, wasTried: true);
            if (nextUntried is { } untried)
                lane.Note(untried, wasTried: false);
            foreach (var entry in entries)
            {
                if (lane.Contains(entry.Id))
                    continue;
                var holdsGate = entry.Rank != EntryRank.Tried;
                if (lane.Home.IsFull || (holdsGate && entry.Sender is { } sender && !gates.TryTake(relay.Model, sender).IsOpen))
                {
                    lane.Note(entry.Due, !holdsGate);
                    continue;
                }
                lane.TryAdd(entry.Id);
                var ready = Ready(lane, entry, null);
                ready.HoldsGate = holdsGate;
                RouteNeedsLock(ready);
            }
            ConsiderNeedsLock(lane, time.GetUtcNow());
        }
    }

    /// <summary>An entry that waits was given another sender or another date: its lane is read when it is due.</summary>
    public void Expect(QueueEntry entry)
    {
        if (entry.State is not (EntryState.Queued or EntryState.InDoubt))
            return;
        bool wake;
        lock (_gate)
        {
            var lane = FindLaneNeedsLock(new LaneKey(entry.Client, entry.Direction, entry.Sender));
            lane.Note(entry.Due, wasTried: entry.Rank == EntryRank.Tried);
            wake = ConsiderNeedsLock(lane, time.GetUtcNow());
        }
        if (wake)
            WakeFeed();
    }

    /// <summary>The sweep has ended leases or entries: what is in doubt comes due again, and units that came back may be taken.</summary>
    public void Swept(ImmutableArray<QueueEntry> entries)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var entry in entries)
            {
                var lane = FindLaneNeedsLock(new LaneKey(entry.Client, entry.Direction, entry.Sender));
                if (entry.State == EntryState.InDoubt)
                    lane.Note(entry.Due, wasTried: true);
                else
                    lane.MayPull = true;
                ConsiderNeedsLock(lane, now);
            }
        }
        WakeFeed();
    }

    /// <summary>The store was changed from outside, or works again: what is due is read again, and what was parked may go on.</summary>
    public void Rescan()
    {
        lock (_gate)
        {
            _lanesAreStale = true;
            foreach (var lane in _lanes.Values)
                lane.MayPull = true;
            RouteParkedNeedsLock();
        }
        WakeFeed();
    }

    /// <summary>Waits until there may be something to read, or until <paramref name="until"/>.</summary>
    public async Task WaitForFeedAsync(DateTimeOffset until, CancellationToken cancel)
    {
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var alarm = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), timer, wait < TimeSpan.FromHours(1) ? wait : TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        try
        {
            await _feedSignal.WaitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The next entry is due.
        }
    }

    // What of a lane may be read now. Nothing: it is put where it is found again when that changes.
    private LaneRead? ReadNeedsLock(SenderLane lane, DateTimeOffset now)
    {
        var model = relay.Model;
        if (model.FindDirection(lane.Key.Client, lane.Key.Direction) is not { } direction)
            return null;
        if (_holds.Find(lane.Key) is not null)
            return RestNeedsLock(lane, DateTimeOffset.MaxValue, now);
        var (tried, untried) = (lane.NextTried <= now, lane.NextUntried <= now);
        if (!tried && !untried && !lane.MayPull)
            return RestNeedsLock(lane, DateTimeOffset.MaxValue, now);
        if (!store.Health.CanWrite || _stopped)
            return RestNeedsLock(lane, now + Rest, now);
        if (!lane.Home.HasRoom)
        {
            lane.Home.Hungry.Enqueue(lane);
            lane.IsQueued = true;
            return null;
        }
        if (lane.Key.Sender is not { } sender || !model.Senders.TryGetValue(sender, out var senderModel))
            return AwayNeedsLock(lane, tried, untried && rotation.HasEligible(direction), now);
        var canLeave = direction.Upstreams.Any(upstream => senderModel.MayUse(upstream.Name) && CanTakeNeedsLock(upstream.Name, senderModel, lane));
        var answer = untried || lane.MayPull ? gates.Ask(model, sender) : default;
        // A retry leaves from a paused sender too, but not while its window is closed: read, it would come back at once.
        if (answer.State == GateState.Paused)
            return AwayNeedsLock(lane, tried && canLeave && gates.AskRetry(model, sender).IsOpen, untried && rotation.HasEligible(direction), now);
        if (!canLeave)
        {
            lane.Home.Stuck.Add(lane);
            lane.IsQueued = true;
            return null;
        }
        var wake = DateTimeOffset.MaxValue;
        if (tried && gates.AskRetry(model, sender) is { IsOpen: false } retry)
            (tried, wake) = (false, retry.Until);
        if (untried && answer.State == GateState.Busy)
            AwaitGateNeedsLock(lane, sender);
        if (untried && !answer.IsOpen)
            (untried, wake) = (false, answer.Until < wake ? answer.Until : wake);
        var pull = lane.MayPull && rotation.HasRoomToday(model, direction, sender);
        lane.MayPull = false;
        if (!tried && !untried && !pull)
            return RestNeedsLock(lane, wake, now);
        var paced = SenderGates.IsPaced(model.Pools[senderModel.Pool]);
        return Begin(new LaneRead(lane, tried, !untried ? 0 : paced ? 1 : LaneCapacity, lane.Ids(), pull, IsAway: false));
    }

    // Mail without an attempt is to go to another sender, if there is one; a pause that ends has the lanes looked at again.
    private LaneRead? AwayNeedsLock(SenderLane lane, bool tried, bool untried, DateTimeOffset now)
    {
        lane.MayPull = false;
        return tried || untried
            ? Begin(new LaneRead(lane, tried, untried ? LaneCapacity : 0, lane.Ids(), Pull: false, IsAway: true))
            : RestNeedsLock(lane, now + Rest, now);
    }

    private static LaneRead Begin(LaneRead read)
    {
        if (read.Tried)
            read.Lane.NextTried = DateTimeOffset.MaxValue;
        if (read.Untried > 0)
            read.Lane.NextUntried = DateTimeOffset.MaxValue;
        return read;
    }

    private LaneRead? RestNeedsLock(SenderLane lane, DateTimeOffset until, DateTimeOffset now)
    {
        SetTimerNeedsLock(lane, until, now);
        return null;
    }

    // Wakes the lane when something becomes due, or at the given time.
    private bool SetTimerNeedsLock(SenderLane lane, DateTimeOffset until, DateTimeOffset now)
    {
        foreach (var due in (ReadOnlySpan<DateTimeOffset>)[lane.NextTried, lane.NextUntried])
            until = due > now && due < until ? due : until;
        if (until >= lane.Timer)
            return false;
        lane.Timer = until;
        var isFirst = !_timers.TryPeek(out _, out var first) || until < first;
        _timers.Enqueue(lane, until);
        return isFirst;
    }

    private bool QueueNeedsLock(SenderLane lane)
    {
        if (lane.IsQueued)
            return false;
        lane.IsQueued = true;
        _wanting.Enqueue(lane);
        return true;
    }

    // No time is known at which the gate is free: its return wakes the lane.
    private void AwaitGateNeedsLock(SenderLane lane, string sender)
    {
        if (lane.WaitsForGate)
            return;
        lane.WaitsForGate = true;
        if (!_gateWaits.TryGetValue(sender, out var waiting))
            _gateWaits[sender] = waiting = [];
        waiting.Add(lane);
    }

    private void ReleaseGateWaitsNeedsLock(string sender)
    {
        if (!_gateWaits.Remove(sender, out var waiting))
            return;
        foreach (var lane in waiting)
        {
            lane.WaitsForGate = false;
            QueueNeedsLock(lane);
        }
        WakeFeed();
    }

    private bool CanTakeNeedsLock(string upstream, SenderModel sender, SenderLane lane) =>
        _upstreams.TryGetValue(upstream, out var state) && FindObstacleNeedsLock(state, sender, lane) == UpstreamObstacle.None;

    // An entry has left memory, or a page has come: is there reason to read the lane, or others that had no room?
    private bool ConsiderNeedsLock(SenderLane lane, DateTimeOffset now)
    {
        var wake = false;
        for (var fed = 0; fed < HungryFed && lane.Home.HasRoom && lane.Home.Hungry.TryDequeue(out var hungry); fed++)
        {
            hungry.IsQueued = false;
            wake |= QueueNeedsLock(hungry);
        }
        if (lane.Count > LaneRefill)
            return wake;
        var isDue = lane.MayPull || lane.NextTried <= now || lane.NextUntried <= now;
        return wake | (isDue ? QueueNeedsLock(lane) : SetTimerNeedsLock(lane, DateTimeOffset.MaxValue, now));
    }

    // Nobody could take them: now somebody may.
    private void ReleaseStuckNeedsLock(DirectionQueue direction)
    {
        foreach (var lane in direction.Stuck)
        {
            lane.IsQueued = false;
            QueueNeedsLock(lane);
        }
        direction.Stuck.Clear();
    }

    private void WakeFeed()
    {
        lock (_feedSignal)
        {
            if (_feedSignal.CurrentCount == 0)
                _feedSignal.Release();
        }
    }
}
