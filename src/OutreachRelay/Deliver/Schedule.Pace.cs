using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

// How fast an upstream gets its entries: as many at a time as it bears, and no more in a time than its rate allows.
public sealed partial class Schedule
{
    private static readonly TimeSpan LeastAlarm = TimeSpan.FromMilliseconds(1);

    // An upstream that ends none of its attempts for so long keeps what waits behind them.
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    /// <summary>The entry's lease is about to be written: a message of the upstream's rate is used up.</summary>
    public void Leave(UpstreamState upstream, ReadyEntry entry)
    {
        if (entry.Promise is null)
            return;
        lock (_gate)
        {
            entry.Promise.Take(SteadyNow);
            entry.Promise = null;
            SetAlarmNeedsLock(upstream);
        }
    }

    /// <summary>An attempt at an upstream succeeded: it may bear more of them at a time.</summary>
    public void Succeeded(UpstreamState upstream)
    {
        if (upstream.Concurrency.IsFull)
            return;
        lock (_gate)
        {
            upstream.Concurrency.Succeeded();
            upstream.Sessions.Bound(upstream.Concurrency.Limit);
            DispatchNeedsLock(upstream);
        }
    }

    /// <summary>An upstream finds that it gets too much: it gets nothing for a while, and then half as much at a time. What waits for it goes elsewhere, or waits.</summary>
    public void Throttled(UpstreamState upstream, TimeSpan rest)
    {
        lock (_gate)
        {
            upstream.Concurrency.Throttled(upstream.Busy, SteadyNow);
            upstream.Sessions.Bound(upstream.Concurrency.Limit);
            if (SteadyNow + rest <= upstream.RestsUntil)
                return;
            upstream.RestsUntil = SteadyNow + rest;
            SetAlarmNeedsLock(upstream);
            RouteWaitingNeedsLock(upstream);
        }
    }

    /// <summary>Notes how long an upstream kept an attempt. One that has become slow hands over what waits there to others that may take it.</summary>
    /// <returns>Whether it has become slow, or quick again.</returns>
    public bool Took(UpstreamState upstream, TimeSpan time, long octets)
    {
        if (!upstream.Slowness.Note(time, octets))
            return false;
        lock (_gate)
            RouteWaitingNeedsLock(upstream);
        return true;
    }

    /// <summary>Looks which upstreams keep all their workers waiting: what waits there in turn goes to others that may take it. Called about once a second.</summary>
    /// <returns>Those that have begun to.</returns>
    public List<UpstreamState> FindStalled()
    {
        lock (_gate)
        {
            var stalled = _upstreams.Values.Where(upstream =>
                !upstream.IsStalled && upstream.Busy >= upstream.Concurrency.Limit && SteadyNow - upstream.LastBegun > Stall).ToList();
            foreach (var upstream in stalled)
            {
                upstream.IsStalled = true;
                RouteWaitingNeedsLock(upstream);
            }
            return stalled;
        }
    }

    /// <summary>Messages of an upstream's rate that may leave now, and how many attempts it gets at a time.</summary>
    public (double Level, int Concurrency) Pace(UpstreamState upstream)
    {
        lock (_gate)
            return (upstream.Rate.Level(SteadyNow), upstream.Concurrency.Limit);
    }

    private UpstreamState Begin(UpstreamModel model, TimeSpan dwell)
    {
        var state = new UpstreamState(model, dwell, SteadyNow, time);
        state.Alarm = time.CreateTimer(_ => Release(state), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return state;
    }

    private void Release(UpstreamState upstream)
    {
        lock (_gate)
        {
            if (upstream.RestsUntil <= SteadyNow)
            {
                upstream.RestsUntil = null;
                RouteParkedNeedsLock();
            }
            DispatchNeedsLock(upstream);
        }
    }

    private void HandOutNeedsLock(UpstreamState upstream, ReadyEntry entry)
    {
        if (upstream.Waiting.Count == 0 && HasPlaceNeedsLock(upstream) && upstream.Rate.TryPromise(SteadyNow))
        {
            StartNeedsLock(upstream, entry);
            return;
        }
        upstream.Waiting.Enqueue(entry);
        DispatchNeedsLock(upstream);
    }

    private void DispatchNeedsLock(UpstreamState upstream)
    {
        while (HasPlaceNeedsLock(upstream) && TakeWaitingNeedsLock(upstream) is { } entry)
            StartNeedsLock(upstream, entry);
        SetAlarmNeedsLock(upstream);
    }

    private bool HasPlaceNeedsLock(UpstreamState upstream) => !_stopped && !upstream.IsGone && upstream.RestsUntil is null && upstream.Busy < upstream.Concurrency.Limit;

    private ReadyEntry? TakeWaitingNeedsLock(UpstreamState upstream)
    {
        if (upstream.Waiting.Count == 0 || !upstream.Rate.TryPromise(SteadyNow))
            return null;
        var entry = upstream.Waiting.Dequeue()!;
        BeginNeedsLock(upstream, entry);
        // What was passed over because this rate was behind finds room again, when it is worth the while.
        if (upstream.Rate.IsLimited && upstream.Waiting.CountOf(entry.Home) == upstream.Rate.Backlog / 2)
        {
            RouteParkedNeedsLock(entry.Home, time.GetUtcNow());
            WakeFeed();
        }
        return entry;
    }

    private void StartNeedsLock(UpstreamState upstream, ReadyEntry entry)
    {
        BeginNeedsLock(upstream, entry);
        if (upstream.TryHandOver(entry))
            return;
        upstream.Workers++;
        StartWorker(upstream, entry);
    }

    private void BeginNeedsLock(UpstreamState upstream, ReadyEntry entry)
    {
        (upstream.LastBegun, upstream.IsStalled) = (SteadyNow, false);
        entry.Promise = upstream.Rate.IsLimited ? upstream.Rate : null;
    }

    private static void ReturnPromiseNeedsLock(ReadyEntry entry)
    {
        entry.Promise?.Return();
        entry.Promise = null;
    }

    private void SetAlarmNeedsLock(UpstreamState upstream)
    {
        if (upstream.RestsUntil is { } until)
            SetAlarmNeedsLock(upstream, until - SteadyNow);
        else if (upstream.Waiting.Count > 0 && HasPlaceNeedsLock(upstream) && upstream.Rate.Wait(SteadyNow) is { } wait)
            SetAlarmNeedsLock(upstream, wait);
    }

    private void SetAlarmNeedsLock(UpstreamState upstream, TimeSpan wait)
    {
        if (!_stopped && !upstream.IsGone)
            upstream.Alarm?.Change(wait > LeastAlarm ? wait : LeastAlarm, Timeout.InfiniteTimeSpan);
    }
}
