using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>The workers that carry entries to upstreams. Each takes one entry after the other; an upstream has as many as it may have connections.</summary>
public sealed partial class UpstreamWorkers(
    Schedule schedule, DeliveryAttempt attempt, UpstreamObserver observer, AttemptOutcomes outcomes, TimeProvider time, ILogger<UpstreamWorkers> logger)
{
    // An entry whose attempt broke off is not tried again at once: what broke it may break the next one too.
    private static readonly TimeSpan CrashRest = TimeSpan.FromSeconds(30);

    /// <summary>After so long an attempt is cut off, and settled as it stands. All timeouts of RFC 5321 §4.5.3.2 together are 35 minutes and 3 for each block of content.</summary>
    internal static readonly TimeSpan LongestAttempt = TimeSpan.FromHours(1);

    /// <summary>How long one that was cut off may take to end before its worker goes on without it.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Starts a worker with its first entry. Called by the schedule under its lock, hence never run inline.</summary>
    public void Start(UpstreamState upstream, ReadyEntry first)
    {
        // A worker outlives the session that happens to start it, and must not carry its context along.
        using var flow = ExecutionContext.SuppressFlow();
        var worker = new Task<Task>(() => RunAsync(upstream, first), TaskCreationOptions.DenyChildAttach);
        var completion = worker.Unwrap();
        lock (_gate)
            _running.Add(completion);
        _ = completion.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        worker.Start(TaskScheduler.Default);
    }

    /// <summary>Sends idle workers home and lets running attempts end; what is not done within the grace time is cut off and settled as it stands.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        schedule.Stop();
        Task[] running;
        lock (_gate)
            running = [.. _running];
        var all = Task.WhenAll(running);
        try
        {
            await all.WaitAsync(grace, time);
        }
        catch (TimeoutException)
        {
            Log.CutOff(logger, running.Count(worker => !worker.IsCompleted));
            await _abort.CancelAsync();
            await all;
        }
        await Task.WhenAny(outcomes.WhenSettledAsync(), Task.Delay(grace, time));
        await Task.WhenAll(schedule.Upstreams().Select(upstream => upstream.Sessions.CloseAsync().AsTask()));
    }

    private async Task RunAsync(UpstreamState upstream, ReadyEntry first)
    {
        for (var entry = first; entry is not null; entry = await schedule.NextAsync(upstream))
        {
            try
            {
                if (await EndsInTimeAsync(upstream, entry))
                    continue;
                // A lease that it took is renewed no longer, so the sweep ends it: the entry is in doubt then.
                Log.GivenUp(logger, Store.QueueId.Format(entry.Entry.Id), upstream.Model.Name);
                observer.Return(upstream, entry);
                schedule.BrokeOff(entry, time.GetUtcNow() + LeaseRenewal.Duration + CrashRest);
            }
            catch (OperationCanceledException) when (_abort.IsCancellationRequested)
            {
                schedule.Finished(entry);
            }
            catch (Exception e)
            {
                // The edge of an attempt: whatever it was, the entry is safe in the store. A lease that was taken runs out and is in doubt.
                Log.Crashed(logger, e, Store.QueueId.Format(entry.Entry.Id), upstream.Model.Name);
                observer.Return(upstream, entry);
                schedule.BrokeOff(entry, time.GetUtcNow() + CrashRest);
            }
        }
    }

    // Each wait of an attempt has its own end; this one is for what has none, by an error or by a server that never stops.
    private async Task<bool> EndsInTimeAsync(UpstreamState upstream, ReadyEntry entry)
    {
        using var limit = new CancellationTokenSource(LongestAttempt, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _abort.Token);
        var running = attempt.RunAsync(upstream, entry, either.Token);
        try
        {
            await running.WaitAsync(LongestAttempt + Patience, time);
            return true;
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            return false;
        }
    }

    private void Remove(Task worker)
    {
        lock (_gate)
            _running.Remove(worker);
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Error, "{QueueId}: the attempt at {Upstream} broke off")]
        public static partial void Crashed(ILogger logger, Exception e, string queueId, string upstream);

        [LoggerMessage(2012, LogLevel.Error, "{QueueId}: the attempt at {Upstream} does not end; its worker goes on without it")]
        public static partial void GivenUp(ILogger logger, string queueId, string upstream);

        [LoggerMessage(2011, LogLevel.Warning, "{Count} attempts were cut off at the end of the grace time")]
        public static partial void CutOff(ILogger logger, int count);
    }
}
