using System.Collections.Immutable;
using System.Reflection;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Http;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Outcome.Telling;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;
using OutreachRelay.Receive;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay;

/// <summary>A running relay: its parts, put together in the order of a message's way, started from the store outwards and stopped the other way round.</summary>
public sealed partial class RelayHost : IAsyncDisposable
{
    // Gaps need to differ, not to be secret: after a restart a sender's next gap is the one it would have had.
    private const ulong JitterSeed = 0x6F72_656C_6179_0001;

    // Beyond the grace time: what was cut off then still ends by itself, unless the disk hangs.
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly ILogger<RelayHost> _logger;
    private readonly CancellationTokenSource _background = new();
    private readonly ProcessMetrics _process;
    private readonly PrometheusText _metrics;
    private readonly Readiness _readiness;
    private readonly RelayState _relay;
    private readonly BudgetLedger _ledger = new();
    private readonly SqliteStore _store;
    private readonly SmtpListeners _receive;
    private readonly ExternalScorers _scorers;
    private readonly UpstreamBudgets _budgets;
    private readonly Schedule _schedule;
    private readonly PreflightState _preflight;
    private readonly PreflightRunner _preflightRunner;
    private readonly SenderHealth _health;
    private readonly UpstreamBlocks _blocks;
    private readonly DirectionHealth _directions;
    private readonly SenderGates _gates;
    private readonly HoldBook _holds;
    private readonly SenderRefusals _refusals;
    private readonly SenderView _senders;
    private readonly UpstreamWorkers _workers;
    private readonly SuppressionBook _suppressions;
    private readonly TokenRing _tokens;
    private readonly BounceIntake _bounces;
    private readonly BounceMaildir _maildir;
    private readonly WebhookReceiver _webhooks;
    private readonly AlertBook _alerts;
    private readonly AlertWebhook _webhook;
    private readonly AlertWatch _watch;
    private readonly ClientHooks _hooks;
    private readonly Func<CancellationToken, Task>[] _loops;
    private readonly HttpListener _http;
    private Task[] _running = [];
    private Task _filling = Task.CompletedTask;
    private bool _stuck;

    private RelayHost(
        RelayModel model, PassedSockets sockets, SqliteStore store, SuppressionKey suppressionKey, RelayLog log, ILoggerFactory loggers, TimeProvider time)
    {
        (_store, _time, _logger) = (store, time, loggers.CreateLogger<RelayHost>());
        _relay = new RelayState(model, time);
        ModelMetrics.Create(RelayMeter.Instance, _relay, Version);

        // 1 Receive and 2 Policy
        var assignments = new AssignmentCache();
        var clock = new RotationClock(time);
        var rotation = new Rotation(_ledger, assignments, clock);
        var gates = _gates = new SenderGates(_ledger, rotation, clock, JitterSeed);
        var room = new DayRoom(store, rotation);
        _budgets = new UpstreamBudgets(_ledger, time);
        _schedule = new Schedule(_relay, store, rotation, gates, _budgets, time);
        room.Yielded = _schedule.Expect;
        _scorers = new ExternalScorers(time, loggers.CreateLogger<ExternalScorers>());
        var scorer = new ContentScorer(_scorers, time, loggers.CreateLogger<ContentScorer>());
        _suppressions = new SuppressionBook(store, suppressionKey, _relay, time, loggers.CreateLogger<SuppressionBook>());
        var signatures = new IncomingSignatures(_relay, time, loggers.CreateLogger<IncomingSignatures>());
        var receiver = new MessageReceiver(
            store, scorer, rotation, assignments, room, _schedule, _suppressions, store.IncomingDirectory, time, loggers.CreateLogger<MessageReceiver>())
        {
            CameSigned = signatures.Offer,
        };
        var connections = new SmtpConnections(receiver, _relay, time, loggers);
        _receive = new SmtpListeners(model, sockets, connections, time, loggers);

        // 3 Store: it tells memory of each commit.
        store.CountersCommitted = _ledger.Publish;
        store.Recovered = _schedule.Rescan;

        _preflight = new PreflightState(_relay, _ledger, _schedule.Reroute);
        _preflightRunner = new PreflightRunner(_relay, store, _preflight, time, new Random(), loggers.CreateLogger<PreflightRunner>());
        var events = new OutcomeEvents(store, _relay, rotation, time, loggers.CreateLogger<OutcomeEvents>())
        {
            AccountRefused = _schedule.RefuseAccount,
            Suppress = _suppressions.TakeAsync,
        };
        _schedule.FailingUpstreams = _preflight.Failing;
        PreflightMetrics.Create(RelayMeter.Instance, _preflight);

        // 4 Deliver and 5 Outcome
        _health = new SenderHealth(_relay, store, _ledger, rotation, _schedule.Rescan, time, loggers.CreateLogger<SenderHealth>());
        _senders = new SenderView(_ledger, rotation, gates, time);
        HealthMetrics.Create(RelayMeter.Instance, _health);
        var sessions = new UpstreamSessions(time);
        var mask = new RecipientMask(model.Log.Recipients, MaskKey.LoadOrCreate(model.DataDirectory));
        var due = new DueEntries(store, rotation, assignments, room);
        _refusals = new SenderRefusals(_schedule, _health, store, time, loggers.CreateLogger<SenderRefusals>())
        {
            DomainRefused = _preflightRunner.Hasten,
        };
        _health.Resumed = _refusals.End;
        var observer = new UpstreamObserver(_schedule, _refusals, mask, loggers.CreateLogger<UpstreamObserver>());
        _tokens = new TokenRing(_relay, loggers.CreateLogger<TokenRing>());
        var links = new UnsubscribeLinks(store, _tokens, _suppressions);
        var optOuts = new OptOuts(store, _tokens, _suppressions, _relay, time);
        _bounces = new BounceIntake(events, optOuts, store, _relay, () => _tokens.Keys, time, loggers.CreateLogger<BounceIntake>());
        connections.Bounces = _bounces;
        _maildir = new BounceMaildir(_bounces, _relay, time, loggers.CreateLogger<BounceMaildir>());
        var outcomes = new AttemptOutcomes(store, _schedule, rotation, _suppressions, time, loggers.CreateLogger<AttemptOutcomes>());
        var attempt = new DeliveryAttempt(
            store, _relay, _schedule, rotation, gates, _budgets, due, sessions, new BodyHashes(), new AttemptJudge(time, new Random()), observer, outcomes,
            _suppressions, links, _tokens, mask, time, loggers.CreateLogger<DeliveryAttempt>());
        _workers = new UpstreamWorkers(_schedule, attempt, observer, outcomes, time, loggers.CreateLogger<UpstreamWorkers>());
        _schedule.StartWorker = _workers.Start;
        var feed = new QueueFeed(store, _schedule, _relay, rotation, due, time, loggers.CreateLogger<QueueFeed>());
        var probes = new UpstreamProbes(_schedule, sessions, _relay, loggers.CreateLogger<UpstreamProbes>());
        var queue = new QueueMetrics(RelayMeter.Instance, store, time);
        _ = new UpstreamMetrics(RelayMeter.Instance, _schedule, _budgets);
        _holds = new HoldBook(store, _schedule, time, loggers.CreateLogger<HoldBook>());
        _blocks = new UpstreamBlocks(_relay, _ledger, _health, _schedule.PauseUpstream, time, loggers.CreateLogger<UpstreamBlocks>());
        _directions = new DirectionHealth(
            _relay, _ledger, _health, async (direction, until, reason) =>
                await _holds.HoldAsync(new HoldScope { Client = direction.Client, Direction = direction.Name }, until, DirectionHealth.Who, reason) is not null,
            time, loggers.CreateLogger<DirectionHealth>());
        var watch = new BudgetWatch(_budgets, loggers.CreateLogger<BudgetWatch>());
        var housekeeping = new Housekeeping(store, _schedule, probes, _ledger, _health, _directions, watch, queue, _holds, events, _relay, time, loggers.CreateLogger<Housekeeping>());

        _webhooks = new WebhookReceiver(events, _relay, time, loggers.CreateLogger<WebhookReceiver>());

        // And what looks at it.
        _alerts = new AlertBook(RelayMeter.Instance, time, loggers.CreateLogger<AlertBook>());
        _webhook = new AlertWebhook(_alerts, _relay, time, loggers.CreateLogger<AlertWebhook>());
        _watch = new AlertWatch(_alerts, store, _schedule, gates, new PoolView(_ledger, rotation, time), _relay, time, loggers.CreateLogger<AlertWatch>())
        {
            Preflight = _preflight.Failures,
            Webhooks = () => _webhooks.Troubles,
        };
        _hooks = new ClientHooks(store, _relay, _alerts, time, new Random(), loggers.CreateLogger<ClientHooks>());
        var notices = new FailureNotices(store, _relay, rotation, _schedule, time, loggers.CreateLogger<FailureNotices>());
        Reload = new ModelReload(_relay, _schedule, log, loggers.CreateLogger<ModelReload>()) { Applied = OnApplied };
        _loops = [signatures.RunAsync, feed.RunAsync, housekeeping.RunAsync, _preflightRunner.RunAsync, Reload.RunAsync, _maildir.RunAsync, _watch.RunAsync, _webhook.RunAsync,
            _hooks.RunAsync, notices.RunAsync];
        _readiness = new Readiness(store, _relay);
        _process = new ProcessMetrics(time);
        _metrics = new PrometheusText([RelayMeter.Instance, _process.Meter]);
        var explainer = new EntryExplainer(store, _schedule, rotation, gates, new SenderLineup(_ledger, rotation, clock), room, _suppressions, _relay, time);
        _http = new HttpListener(model, sockets, Parts(loggers, explainer), optOuts, _webhooks, _metrics, loggers);
    }

    /// <summary>The program's version.</summary>
    public static string Version { get; } =
        typeof(RelayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public ModelReload Reload { get; }

    public IStore Store => _store;

    /// <summary>Why no message could be accepted and committed now; <see langword="null"/> when one could.</summary>
    public string? Obstacle => _readiness.Obstacle();

    /// <summary>Opens the store and starts everything; when it returns, mail is taken.</summary>
    /// <exception cref="StoreException">The store cannot be opened; the message says what to do.</exception>
    /// <exception cref="IOException">A port or socket cannot be opened.</exception>
    public static async Task<RelayHost> StartAsync(
        RelayModel model, PassedSockets sockets, RelayLog log, ILoggerFactory loggers, TimeProvider time)
    {
        var lastWrite = ClockCheck.LastWrite(model.DataDirectory);
        var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions
            {
                DataDirectory = model.DataDirectory,
                MinFreeSpace = model.MinFreeSpace,
                HardMinFreeSpace = model.HardMinFreeSpace,
                MinFreeInodes = model.MinFreeInodes,
                InDoubtWait = model.Delivery.InDoubtWait,
            }, time, loggers.CreateLogger<SqliteStore>());
        RelayHost host;
        try
        {
            var isSuppressing = !(await store.ReadSuppressedAsync(default, 1, CancellationToken.None)).IsEmpty;
            host = new RelayHost(model, sockets, store, SuppressionKey.LoadOrCreate(model.DataDirectory, isSuppressing), log, loggers, time);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
        try
        {
            host.CheckClock(lastWrite);
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Stops in two stages. First nothing new begins: ports close, running content gets its reply, no lease is taken. What runs has until the
    /// grace time is over; then it is cut off, and what was leased is in doubt. The HTTP side stops last, when the host is disposed.
    /// </summary>
    /// <exception cref="TimeoutException">Something hangs, most likely the disk. Nothing is lost by ending the process now.</exception>
    public async Task StopAsync()
    {
        var grace = _relay.Model.Delivery.Grace;
        _relay.IsDraining = true;
        Log.Stopping(_logger);
        try
        {
            await DrainAsync(grace).WaitAsync(grace + StopMargin, _time);
        }
        catch (TimeoutException e)
        {
            _stuck = true;
            throw new TimeoutException($"the relay did not stop within {(grace + StopMargin).TotalSeconds:0} s; what was under way is in doubt", e);
        }
        Log.Stopped(_logger);
    }

    /// <summary>Whether the work goes on: no loop has ended, and the store's writer and readers answer, so neither they nor the pool are stuck.</summary>
    public async Task<bool> IsAliveAsync(TimeSpan patience)
    {
        if (_running.Any(static loop => loop.IsCompleted))
            return false;
        try
        {
            // No entry has id 0: the write goes the whole way and changes nothing.
            var write = _store.RenewAsync(0, 0, TimeSpan.Zero).AsTask();
            var read = _store.ReadOldestAsync(EntryState.Queued, CancellationToken.None).AsTask();
            await Task.WhenAll(write, read).WaitAsync(patience, _time);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or StoreException)
        {
            // A store that says what is wrong with it is not stuck.
            return e is StoreException;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Waiting for what hangs would keep the process from ending.
        if (_stuck)
            return;
        await _background.CancelAsync();
        await Task.WhenAll([.. _running, _filling]);
        await _http.DisposeAsync();
        await _receive.DisposeAsync();
        await _store.DisposeAsync();
        _metrics.Dispose();
        _process.Dispose();
        _watch.Dispose();
        _webhook.Dispose();
        _hooks.Dispose();
        _webhooks.Dispose();
        await _maildir.DisposeAsync();
        Reload.Dispose();
        _holds.Dispose();
        _scorers.Dispose();
        _background.Dispose();
    }

    private async Task StartAsync()
    {
        var model = _relay.Model;
        var counted = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime).AddDays(-2 - BudgetLedger.OutcomeDays);
        _ledger.Publish(await _store.ReadCountersAsync(counted, CancellationToken.None));
        var senders = await _store.ReadSendersAsync(CancellationToken.None);
        _ledger.Load(senders);
        await _holds.LoadAsync();
        // What an upstream has done is not to be laid at its directions' door, nor what a list has done at its senders': the widest scope is judged first.
        _blocks.Start();
        _directions.Start();
        _health.Start();
        await _preflightRunner.LoadAsync(CancellationToken.None);
        if (await _http.StartAsync() is { } obstacle)
            throw new IOException(obstacle);
        // Ports first: a relay that cannot listen must not have begun to send.
        await _receive.StartAsync();
        if (!await SocketEvents.GatherAsync(_time))
            Log.NotGathered(_logger);
        _schedule.Apply(model);
        _refusals.Load(senders);
        _filling = Task.Run(() => _suppressions.LoadAsync(_background.Token));
        _running = [.. _loops.Select(loop => Task.Run(() => loop(_background.Token)))];
        _readiness.Started();
        // To read a configuration takes much more memory than to keep it.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        Log.Started(_logger, Version, model.Version, string.Join(", ", model.Listeners.Select(listener => listener.Address)), model.Http.Address.ToString());
    }

    private async Task DrainAsync(TimeSpan grace)
    {
        await Task.WhenAll(_receive.StopAsync(grace, _time), _workers.StopAsync(grace));
        await _background.CancelAsync();
        await Task.WhenAll([.. _running, _filling]);
        await _store.DisposeAsync();
    }

    private void CheckClock(DateTimeOffset? lastWrite)
    {
        var now = _time.GetUtcNow();
        switch (ClockCheck.Judge(now, lastWrite))
        {
            case ClockCheck.Verdict.Behind:
                Log.ClockBehind(_logger, now, lastWrite);
                break;
            case ClockCheck.Verdict.Ahead:
                Log.ClockAhead(_logger, now, lastWrite);
                break;
        }
    }

    private AdminParts Parts(ILoggerFactory loggers, EntryExplainer explainer) => new()
    {
        Store = _store,
        Readiness = _readiness,
        Time = _time,
        Log = loggers.CreateLogger(nameof(Http)),
        State = _relay,
        Version = Version,
        Upstreams = Upstreams,
        Alerts = _alerts,
        GiveBack = entry => BudgetKeys.Of(entry, _relay.Model.RegisteredDomains),
        Schedule = _schedule,
        Holds = _holds,
        Gates = _gates,
        Senders = _senders,
        Health = _health,
        Preflight = _preflight,
        CheckPreflight = _preflightRunner.CheckNowAsync,
        Explainer = explainer,
        Suppressions = _suppressions,
        Bounces = _bounces,
        RestoredAt = _store.RestoredAt,
        HooksChanged = _hooks.Wake,
        QueueChanged = _schedule.Rescan,
    };

    private void OnApplied()
    {
        _tokens.Reload();
        _preflight.Apply();
        _webhook.Wake();
        _maildir.Wake();
        _hooks.Wake();
    }

    private ImmutableArray<UpstreamReport> Upstreams() =>
        [.. _schedule.Upstreams().OrderBy(upstream => upstream.Model.Tier).ThenBy(upstream => upstream.Model.Name).Select(Report)];

    private UpstreamReport Report(UpstreamState upstream)
    {
        var (model, health) = (upstream.Model, upstream.Health);
        var (level, concurrency) = _schedule.Pace(upstream);
        return new UpstreamReport(model.Name, model.Tier, health.State, health.Reason, health.Since, upstream.Sessions.Count)
        {
            Slow = upstream.IsSlow,
            ProbeSeconds = upstream.ProbeTimes.Quantile(0.5)?.TotalSeconds,
            Use = UpstreamUseReport.Of(_budgets.Use(model), upstream.Rate.IsLimited ? level : null, concurrency),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "OutreachRelay {Version} with configuration {ModelVersion} takes mail on {Listeners}; HTTP on {Http}")]
        public static partial void Started(ILogger logger, string version, string modelVersion, string listeners, string http);

        [LoggerMessage(2, LogLevel.Information, "Stopping: nothing new is begun, what runs may end")]
        public static partial void Stopping(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(4, LogLevel.Critical, "The clock says {Now:u}, but the store was last written at {LastWrite:u}: the clock is wrong, or was then. "
            + "Dates of messages, daily limits and expiry follow it")]
        public static partial void ClockBehind(ILogger logger, DateTimeOffset now, DateTimeOffset? lastWrite);

        [LoggerMessage(5, LogLevel.Warning, "The clock says {Now:u}, and the store was last written at {LastWrite:u}: if the relay did not rest that long, "
            + "the clock is wrong, and what waits expires too early")]
        public static partial void ClockAhead(ILogger logger, DateTimeOffset now, DateTimeOffset? lastWrite);

        [LoggerMessage(6, LogLevel.Debug, "The thread that waits for sockets goes before others: it was not found, or the kernel does not let it be otherwise")]
        public static partial void NotGathered(ILogger logger);
    }
}
