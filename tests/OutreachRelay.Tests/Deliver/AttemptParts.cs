using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Attempts put together as the relay does.</summary>
internal sealed class AttemptParts
{
    /// <param name="sessionTime">What sessions measure their patience on.</param>
    /// <param name="stopTime">What the workers wait on.</param>
    public AttemptParts(IStore store, RelayState relay, Schedule schedule, RotationParts parts, TimeProvider time, TimeProvider sessionTime, TimeProvider stopTime)
    {
        Health = new SenderHealth(relay, store, parts.Ledger, parts.Rotation, schedule.Rescan, time, NullLogger<SenderHealth>.Instance);
        Refusals = new SenderRefusals(schedule, Health, store, time, NullLogger<SenderRefusals>.Instance);
        Health.Resumed = Refusals.End;
        Suppressions = new SuppressionParts(store, relay, time);
        var mask = new RecipientMask(RecipientLogging.Full, new byte[32]);
        var observer = new UpstreamObserver(schedule, Refusals, mask, NullLogger<UpstreamObserver>.Instance);
        var outcomes = new AttemptOutcomes(store, schedule, parts.Rotation, Suppressions.Book, time, NullLogger<AttemptOutcomes>.Instance);
        var attempt = new DeliveryAttempt(
            store, relay, schedule, parts.Rotation, parts.Gates, parts.Budgets, parts.Due, new UpstreamSessions(sessionTime),
            new BodyHashes(), new AttemptJudge(time, new Random(1)), observer, outcomes, Suppressions.Book, Suppressions.Links, Suppressions.Ring, mask, time,
            NullLogger<DeliveryAttempt>.Instance);
        Workers = new UpstreamWorkers(schedule, attempt, observer, outcomes, stopTime, NullLogger<UpstreamWorkers>.Instance);
        schedule.StartWorker = Workers.Start;
    }

    public SenderHealth Health { get; }
    public SenderRefusals Refusals { get; }
    public SuppressionParts Suppressions { get; }
    public UpstreamWorkers Workers { get; }
}
