using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>Looks every few seconds whether something is wrong and keeps the alert book by it. A loop of its own: it must not wait behind what it watches.</summary>
public sealed partial class AlertWatch(
    AlertBook book, IStore store, Schedule schedule, SenderGates gates, PoolView pools, RelayState relay, TimeProvider time, ILogger<AlertWatch> logger) : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly AlertFigures _figures = new(store, schedule, gates, pools, relay, time);

    // What was raised from here: alerts that others raised are theirs to clear.
    private HashSet<(AlertName Name, string Subject)> _raised = [];

    /// <summary>Tells of sender domains that fail preflight. Set once, before the first look.</summary>
    public Func<IEnumerable<PreflightFailure>> Preflight { set => _figures.Preflight = value; }

    /// <summary>Tells of webhooks that refuse. Set once, before the first look.</summary>
    public Func<IEnumerable<WebhookTrouble>> Webhooks { set => _figures.Webhooks = value; }

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    await LookAsync(cancel);
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

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        // What stops is not at fault.
        if (relay.IsDraining)
            return;
        var conditions = AlertRules.Evaluate(await _figures.TakeAsync(cancel)).ToList();
        foreach (var (name, subject, text) in conditions)
            book.Raise(name, subject, text);
        var raised = conditions.Select(static condition => (condition.Name, condition.Subject)).ToHashSet();
        foreach (var (name, subject) in _raised.Except(raised))
            book.Clear(name, subject);
        _raised = raised;
    }

    public void Dispose() => _figures.Dispose();

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Error, "Looking for what is wrong failed; trying again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
