using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>Gathers what the alerts are decided on. For one thread.</summary>
internal sealed class AlertFigures(IStore store, Schedule schedule, SenderGates gates, PoolView pools, RelayState relay, TimeProvider time) : IDisposable
{
    // A store that hangs must not keep the alerts from being decided on what is known.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // It walks over all that waits.
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(1);

    private readonly ClockWatch _clock = new(time);
    private readonly EndedMail _ended = new();
    private readonly HourCount _endedInHour = new(time);
    private readonly HourCount _deadInHour = new(time);
    private readonly LateLanes _late = new(gates, time);
    private Task<QueueFacts> _reading = Task.FromResult(QueueFacts.None);
    private QueueFacts _queue = QueueFacts.None;
    private long? _lastRead;
    private long _endedBefore;
    private long _deadBefore = store.Counts.Dead;

    /// <summary>Tells of sender domains that fail preflight.</summary>
    public Func<IEnumerable<PreflightFailure>> Preflight { get; set; } = static () => [];

    /// <summary>Tells of webhooks that refuse.</summary>
    public Func<IEnumerable<WebhookTrouble>> Webhooks { get; set; } = static () => [];

    public async Task<AlertSnapshot> TakeAsync(CancellationToken cancel)
    {
        var model = relay.Model;
        await ReadQueueAsync(model, cancel);
        var (now, counts, late) = (time.GetUtcNow(), store.Counts, _late.ByDirection());
        return new AlertSnapshot
        {
            Now = now,
            Upstreams = [.. schedule.Upstreams().Select(Facts)],
            Directions = [.. model.Clients.Values.SelectMany(static client => client.Directions.Values).Select(direction => Facts(direction, late))],
            Pools = [.. pools.Look(model)],
            Holds = [.. schedule.Holds.All.Where(static hold => hold.Who == DirectionHealth.Who)],
            Store = store.Health,
            LastReload = relay.LastReload,
            InDoubt = counts.InDoubt,
            OldestInDoubt = now - _queue.InDoubtSince,
            DeadInHour = CountDead(counts.Dead),
            EndedInHour = CountEnded(_ended.Total),
            ClockStep = _clock.Look(),
            Certificates = [.. model.Listeners.Where(static listener => listener.Certificate is not null).Select(Facts)],
            Preflight = [.. Preflight()],
            Webhooks = [.. Webhooks()],
        };
    }

    public void Dispose() => _ended.Dispose();

    // What an operator takes out of it is no reason to overlook what comes in.
    private long CountDead(long dead)
    {
        var more = Math.Max(0, dead - _deadBefore);
        _deadBefore = dead;
        return _deadInHour.Add(more);
    }

    private long CountEnded(long ended)
    {
        var more = ended - _endedBefore;
        _endedBefore = ended;
        return _endedInHour.Add(more);
    }

    // One reading at a time; while one hangs or fails, the last facts stand.
    private async Task ReadQueueAsync(RelayModel model, CancellationToken cancel)
    {
        if (_lastRead is { } last && time.GetElapsedTime(last) < ReadEvery)
            return;
        if (_reading.IsCompleted)
            _reading = QueueFacts.ReadAsync(store, cancel);
        try
        {
            _queue = await _reading.WaitAsync(Patience, time, cancel);
            // What is held is not late.
            _late.Look(model, [.. _queue.Lanes.Where(lane => !schedule.IsHeld(lane.Lane))]);
            _lastRead = time.GetTimestamp();
        }
        catch (Exception e) when (e is TimeoutException or StoreException)
        {
            // The store's health tells of it.
        }
    }

    private UpstreamFacts Facts(UpstreamState upstream)
    {
        UpstreamFacts? facts = null;
        // Under the schedule's lock, which health belongs to.
        schedule.Observe(upstream, (health, now) =>
        {
            facts = new UpstreamFacts(
                upstream.Model.Name, health.State, now - health.Since, now - health.DownSince, health.IsAccountRefused, health.Reason)
            {
                IsPaused = health.IsPaused,
            };
            return false;
        });
        return facts!;
    }

    private static DirectionFacts Facts(DirectionModel direction, Dictionary<(string Client, string Direction), TimeSpan> late) => new(
        $"{direction.Client}/{direction.Name}", [.. direction.Upstreams.Select(static upstream => upstream.Name)],
        late.GetValueOrDefault((direction.Client, direction.Name)));

    private static CertificateFacts Facts(ListenerModel listener) =>
        new(listener.Address.ToString(), new DateTimeOffset(listener.Certificate!.TargetCertificate.NotAfter));
}
