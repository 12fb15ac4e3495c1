using System.Collections.Concurrent;
using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Brings due entries and workers together. What it holds is bounded; everything is in the store, and memory only runs ahead of it.</summary>
/// <remarks>
/// Entries wait in lanes, one for each sender of a direction. An entry comes in when it was accepted (<see cref="Offer"/>) or read by the feed
/// (<see cref="AddPage"/>), as its sender's gate allows; it goes to an upstream that can take it, or is parked until one can. A worker holds it
/// until <see cref="Finished"/>, <see cref="Deferred"/> or <see cref="GiveBack"/>.
/// </remarks>
public sealed partial class Schedule(RelayState relay, IStore store, Rotation rotation, SenderGates gates, UpstreamBudgets budgets, TimeProvider time)
{
    // Returns that are remembered; beyond it all are forgotten.
    private const int MaxReturns = 8192;

    // Content kept for entries on their way, so that a message that leaves at once is not read back from disk.
    private const long MaxCachedOctets = 32 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Client, string Name), DirectionQueue> _directions = [];
    private readonly Dictionary<LaneKey, SenderLane> _lanes = [];

    // Written under the lock; the door looks without it.
    private readonly ConcurrentDictionary<string, UpstreamState> _upstreams = [];

    // Entries that wait for a step of the retry schedule and are to return to an upstream. A restart or a reload forgets it, and then they go by turns.
    private readonly Dictionary<long, string> _returns = [];
    private readonly SemaphoreSlim _feedSignal = new(0, 1);
    private readonly SteadyClock _steady = new(time);
    private long _cachedOctets;
    private bool _stopped;
    private volatile HoldSet _holds = HoldSet.None;

    /// <summary>Starts a worker for an upstream with its first entry. Set once, before anything is offered.</summary>
    public Action<UpstreamState, ReadyEntry> StartWorker { get; set; } = (_, _) => throw new InvalidOperationException("no workers yet");

    /// <summary>The time since the start, on a clock that is never stepped: what dwell times are measured on.</summary>
    public DateTimeOffset SteadyNow => _steady.Now;

    /// <summary>The scopes that are held.</summary>
    public HoldSet Holds => _holds;

    /// <summary>Takes over what is held: what waits for an upstream is looked at again, and what is no longer held is read.</summary>
    public void Apply(HoldSet holds)
    {
        lock (_gate)
        {
            _holds = holds;
            foreach (var state in _upstreams.Values)
                RouteWaitingNeedsLock(state);
        }
        Rescan();
    }

    /// <summary>Takes over the model in force: new upstreams appear, changed ones start afresh, and what waits is looked at again.</summary>
    /// <returns>Upstreams that are gone; their idle sessions are the caller's to close.</returns>
    public List<UpstreamState> Apply(RelayModel model)
    {
        var gone = new List<UpstreamState>();
        lock (_gate)
        {
            foreach (var upstream in model.Upstreams.Values)
            {
                if (_upstreams.TryGetValue(upstream.Name, out var state))
                    state.Update(upstream, model.Delivery.ProbeInterval, SteadyNow);
                else
                    _upstreams[upstream.Name] = Begin(upstream, model.Delivery.ProbeInterval);
            }
            foreach (var name in _upstreams.Keys.Except(model.Upstreams.Keys).ToList())
            {
                gone.Add(_upstreams[name]);
                _upstreams.TryRemove(name, out _);
            }
            foreach (var client in model.Clients.Values)
            {
                foreach (var direction in client.Directions.Values)
                {
                    var queue = FindDirectionNeedsLock(client.Name, direction.Name);
                    (queue.Weight, queue.ClientWeight) = (direction.Weight, client.Weight);
                }
            }
            foreach (var state in gone)
            {
                state.IsGone = true;
                state.DismissIdle();
                state.Alarm?.Dispose();
            }
            // The way may be another one now.
            _returns.Clear();
            // What an upstream takes may be another host's matter now.
            foreach (var parked in _directions.Values.SelectMany(direction => direction.Parked))
                parked.Unfit.Clear();
            // What waits was routed by the old model: an upstream may have left a direction, or a sender's list.
            foreach (var state in _upstreams.Values.Concat(gone).ToList())
                RouteWaitingNeedsLock(state);
            RouteParkedNeedsLock();
        }
        // Caps and windows may be others, and entries that had nowhere to go may have somewhere now.
        Rescan();
        return gone;
    }

    /// <summary>Takes the entries of a message that was just accepted, as far as they may leave at once and memory allows.</summary>
    public void Offer(StoredMessage message, ImmutableArray<QueueEntry> entries)
    {
        var now = time.GetUtcNow();
        var wake = false;
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                var lane = FindLaneNeedsLock(new LaneKey(entry.Client, entry.Direction, entry.Sender));
                if (entry.Due <= now && TryOfferNeedsLock(lane, entry, message, now))
                    continue;
                lane.Note(entry.Due, wasTried: false);
                wake |= ConsiderNeedsLock(lane, now);
            }
        }
        if (wake)
            WakeFeed();
    }

    /// <summary>The next entry for a worker that has finished one; waits for it, but not for ever.</summary>
    /// <returns><see langword="null"/> when the worker is to end.</returns>
    public async ValueTask<ReadyEntry?> NextAsync(UpstreamState upstream)
    {
        TaskCompletionSource<ReadyEntry?> idle;
        lock (_gate)
        {
            if (_stopped || upstream.IsGone || upstream.Busy > upstream.Concurrency.Limit)
            {
                upstream.Workers--;
                return null;
            }
            if (TakeWaitingNeedsLock(upstream) is { } next)
                return next;
            idle = upstream.AddIdle();
            SetAlarmNeedsLock(upstream);
        }
        var entry = await idle.Task;
        if (entry is null)
        {
            lock (_gate)
                upstream.Workers--;
        }
        return entry;
    }

    /// <summary>A worker is done with an entry, and the store knows its outcome.</summary>
    public void Finished(ReadyEntry entry) => Deferred(entry, null);

    /// <summary>As <see cref="Finished"/>, but the entry comes due again, if that is known.</summary>
    /// <param name="wasTried">Whether an attempt was begun, now or before.</param>
    /// <param name="unitReturned">Whether it has given its unit back, so that mail of a later date may move up.</param>
    /// <param name="returnsTo">The upstream that it is to return to, or <see langword="null"/>.</param>
    public void Deferred(ReadyEntry entry, DateTimeOffset? due, bool wasTried = true, bool unitReturned = false, string? returnsTo = null)
    {
        bool wake;
        lock (_gate)
        {
            ForgetNeedsLock(entry);
            if (returnsTo is not null)
                RememberNeedsLock(entry.Entry.Id, returnsTo);
            if (due is { } next)
                entry.Lane.Note(next, wasTried);
            entry.Lane.MayPull |= unitReturned;
            wake = ConsiderNeedsLock(entry.Lane, time.GetUtcNow());
        }
        if (wake)
            WakeFeed();
    }

    /// <summary>An attempt broke off, nobody knows where: before its lease the entry is what it was, after it it comes to be in doubt. It is looked for as both.</summary>
    public void BrokeOff(ReadyEntry entry, DateTimeOffset due)
    {
        lock (_gate)
            entry.Lane.Note(due, wasTried: entry.Entry.Rank == EntryRank.Tried);
        Deferred(entry, due);
    }

    /// <summary>An attempt failed for reasons that are the upstream's own: the entry goes on at once, elsewhere.</summary>
    /// <param name="epoch">The entry's epoch after the failed lease.</param>
    /// <param name="unfit">Whether the upstream can never carry it; otherwise it may when things have changed.</param>
    public void GoElsewhere(ReadyEntry entry, int epoch, string failed, bool unfit = false)
    {
        lock (_gate)
        {
            _cachedOctets -= entry.Message?.Content.Length ?? 0;
            // Its rendering is frozen by now, so the next attempt reads it from the store.
            var stored = entry.Entry with { Epoch = epoch, State = EntryState.Queued, Rank = EntryRank.Tried, UnitUsed = entry.Entry.UnitDate is not null };
            var next = new ReadyEntry(entry.Lane, stored, null) { HoldsGate = entry.HoldsGate };
            next.Excluded.AddRange(entry.Excluded);
            next.Unfit.AddRange(entry.Unfit);
            (unfit ? next.Unfit : next.Excluded).Add(failed);
            RouteNeedsLock(next);
        }
    }

    /// <summary>A worker could not begin: the entry goes elsewhere.</summary>
    /// <param name="failed">The upstream to leave out in this round, or <see langword="null"/>.</param>
    public void GiveBack(ReadyEntry entry, string? failed)
    {
        lock (_gate)
        {
            if (failed is not null)
                entry.Excluded.Add(failed);
            RouteNeedsLock(entry);
        }
    }

    /// <summary>A copy of the upstreams with what the schedule knows of them.</summary>
    public List<UpstreamState> Upstreams()
    {
        lock (_gate)
            return [.. _upstreams.Values];
    }

    /// <summary>Sends the workers home; nothing is handed out any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var upstream in _upstreams.Values)
            {
                upstream.DismissIdle();
                upstream.Alarm?.Dispose();
            }
        }
    }

    // Straight to an upstream, when nothing of its lane waits before it and its sender's gate is open.
    private bool TryOfferNeedsLock(SenderLane lane, QueueEntry entry, StoredMessage message, DateTimeOffset now)
    {
        if (entry.Sender is not { } sender || lane.NextUntried <= now || lane.Home.IsFull || _holds.Find(entry) is not null
            || !gates.TryTake(relay.Model, sender).IsOpen)
            return false;
        lane.TryAdd(entry.Id);
        var ready = Ready(lane, entry, message);
        ready.HoldsGate = true;
        RouteNeedsLock(ready);
        return true;
    }

    private DirectionQueue FindDirectionNeedsLock(string client, string name)
    {
        if (!_directions.TryGetValue((client, name), out var direction))
            _directions[(client, name)] = direction = new DirectionQueue(client, name);
        return direction;
    }

    private SenderLane FindLaneNeedsLock(LaneKey key)
    {
        if (!_lanes.TryGetValue(key, out var lane))
            _lanes[key] = lane = new SenderLane(key, FindDirectionNeedsLock(key.Client, key.Direction));
        return lane;
    }

    // Those that end otherwise than by an attempt leave theirs behind, until it is full of them.
    private void RememberNeedsLock(long id, string upstream)
    {
        if (_returns.Count >= MaxReturns)
            _returns.Clear();
        _returns[id] = upstream;
    }

    private ReadyEntry Ready(SenderLane lane, QueueEntry entry, StoredMessage? message)
    {
        if (message is not null && _cachedOctets + message.Content.Length > MaxCachedOctets)
            message = null;
        _cachedOctets += message?.Content.Length ?? 0;
        return new ReadyEntry(lane, entry, message) { ReturnsTo = _returns.Remove(entry.Id, out var upstream) ? upstream : null };
    }

    private void ForgetNeedsLock(ReadyEntry entry)
    {
        if (entry.IsForgotten)
            return;
        entry.IsForgotten = true;
        _cachedOctets -= entry.Message?.Content.Length ?? 0;
        ReturnPromiseNeedsLock(entry);
        ReturnGateNeedsLock(entry);
        entry.Lane.Remove(entry.Entry.Id);
    }

    private void ReturnGateNeedsLock(ReadyEntry entry)
    {
        if (entry is { HoldsGate: true, Entry.Sender: { } sender })
        {
            gates.Return(sender);
            ReleaseGateWaitsNeedsLock(sender);
        }
        entry.HoldsGate = false;
    }
}
