using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>What is done by the clock: probes, the end of pauses and holds, of leases and of entries, the purge of what is finished, idle sessions.</summary>
public sealed partial class Housekeeping(
    IStore store, Schedule schedule, UpstreamProbes probes, BudgetLedger ledger, SenderHealth health, DirectionHealth directions, BudgetWatch watch, QueueMetrics queue, HoldBook holds, OutcomeEvents events,
    RelayState relay, TimeProvider time,
    ILogger<Housekeeping> logger)
{
    private const int SweepLimit = 500;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(2);

    // On the schedule's steady clock: a wall clock that is set back must not stop the work.
    private DateTimeOffset _nextSweep;
    private DateTimeOffset _nextPurge;
    private DateTimeOffset _nextRetry;
    private TimeSpan _clockOffset;
    private bool _couldWrite = true;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    await RunOnceAsync(cancel);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Log.Failed(logger, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private async Task RunOnceAsync(CancellationToken cancel)
    {
        var now = schedule.SteadyNow;
        _ = probes.RunDueAsync(cancel);
        WatchHealth();
        WatchClock(now);
        health.Tick();
        directions.Tick();
        watch.Look(schedule.Upstreams());
        foreach (var upstream in schedule.FindStalled())
            Log.Stalled(logger, upstream.Model.Name, upstream.Concurrency.Limit);
        if (now >= _nextRetry)
        {
            _nextRetry = now + relay.Model.Delivery.ProbeInterval;
            schedule.RetryParked();
            await Task.WhenAll(schedule.Upstreams().Select(upstream => upstream.Sessions.TrimAsync().AsTask()));
        }
        // With the disk nearly full both still work, and the purge is what makes room.
        if (store.Health.Status is StoreStatus.Failing or StoreStatus.Closed)
            return;
        await holds.EndDueAsync();
        if (now >= _nextSweep)
        {
            _nextSweep = now + SweepEvery;
            await queue.RefreshAsync(cancel);
            await RepeatAsync(SweepAsync, cancel);
            await events.TickAsync();
        }
        if (now >= _nextPurge)
        {
            _nextPurge = now + PurgeEvery;
            await RepeatAsync(() => store.PurgeAsync(relay.Model.Delivery.Retention, SweepLimit), cancel);
            ledger.ForgetBefore(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-2));
        }
    }

    private async ValueTask<int> SweepAsync()
    {
        var swept = await store.SweepAsync(SweepLimit, entry => BudgetKeys.Of(entry, relay.Model.RegisteredDomains));
        if (!swept.IsEmpty)
            schedule.Swept(swept);
        return swept.Length;
    }

    // A nearly full disk is no failure that the store would tell of when it is over.
    private void WatchHealth()
    {
        var canWrite = store.Health.CanWrite;
        if (canWrite && !_couldWrite)
            schedule.RetryParked();
        _couldWrite = canWrite;
    }

    // Whoever waits for a time on the wall's clock has waited for another one when it was set.
    private void WatchClock(DateTimeOffset steady)
    {
        var offset = time.GetUtcNow() - steady;
        if ((offset - _clockOffset).Duration() < ClockStep)
            return;
        _clockOffset = offset;
        schedule.Rescan();
    }

    // A step changes a bounded number of entries, so that accepts find their way in between.
    private static async Task RepeatAsync(Func<ValueTask<int>> step, CancellationToken cancel)
    {
        while (await step() >= SweepLimit && !cancel.IsCancellationRequested)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2040, LogLevel.Error, "Housekeeping failed; trying again")]
        public static partial void Failed(ILogger logger, Exception e);

        [LoggerMessage(2041, LogLevel.Warning, "Upstream {Upstream} ends none of its {Count} attempts at a time: others of its tier go before it")]
        public static partial void Stalled(ILogger logger, string upstream, int count);
    }
}
