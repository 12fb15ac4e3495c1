using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Http;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;

namespace OutreachRelay.Tests.Http;

/// <summary>The HTTP side on a real Kestrel: a Unix socket and a TCP port, over a <see cref="FakeStore"/>.</summary>
internal sealed class Api : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("api");
    private readonly Meter _meter = new("test");
    private readonly PrometheusText _metrics;
    private readonly SuppressionParts _parts;
    private WebApplication? _app;

    private Api()
    {
        _metrics = new PrometheusText([_meter]);
        Alerts = new AlertBook(_meter, new FakeTime(Now.AddMinutes(-2)), NullLogger<AlertBook>.Instance);
        State = new RelayState(Model(SocketPath), new FakeTime(Now.AddHours(-3)));
        Readiness = new Readiness(Store, State);
        Rotation = new RotationParts(new FakeTime(Now), Store);
        Schedule = new Schedule(State, Store, Rotation.Rotation, Rotation.Gates, Rotation.Budgets, new FakeTime(Now));
        Schedule.Apply(State.Model);
        Holds = new HoldBook(Store, Schedule, new FakeTime(Now), NullLogger<HoldBook>.Instance);
        _parts = new SuppressionParts(Store, State, new FakeTime(Now));
        Suppressions = _parts.Book;
        Readiness.Started();
        Preflight = new PreflightState(State, Rotation.Ledger, () => QueueChanges++);
        Runner = new PreflightRunner(State, Store, Preflight, new FakeTime(Now), new Random(1), NullLogger<PreflightRunner>.Instance);
    }

    public FakeStore Store { get; } = new();
    public RelayState State { get; }
    public AlertBook Alerts { get; }
    public Readiness Readiness { get; }
    public RotationParts Rotation { get; }
    public Schedule Schedule { get; }
    public HoldBook Holds { get; }
    public PreflightState Preflight { get; }
    public PreflightRunner Runner { get; }
    public SuppressionBook Suppressions { get; }
    public Meter Meter => _meter;
    public int QueueChanges { get; private set; }
    public int HookChanges { get; private set; }
    public string Folder => _directory.FullName;
    public string SocketPath => Path.Combine(_directory.FullName, "admin.sock");
    public HttpClient Socket { get; private set; } = null!;
    public HttpClient Tcp { get; private set; } = null!;

    public static async Task<Api> StartAsync(HttpSide side = HttpSide.Both)
    {
        var api = new Api();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(api.SocketPath);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddRouting();
        var app = api._app = builder.Build();
        app.UseListenerRule(side);
        app.UseRouting();
        app.MapHealth(api.Readiness, Upstreams);
        app.MapMetrics(api._metrics);
        app.MapAdminApi(api.Parts());
        await app.StartAsync();
        api.Socket = new HttpClient(new SocketsHttpHandler { ConnectCallback = api.ConnectAsync })
        {
            BaseAddress = new Uri("http://localhost/api/v1/"),
            // Who sends what is refused may find the connection broken before the answer is read.
            DefaultRequestHeaders = { ExpectContinue = true },
        };
        api.Tcp = new HttpClient { BaseAddress = new Uri(app.Urls.First(url => url.Contains("127.0.0.1"))) };
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        Socket.Dispose();
        Tcp.Dispose();
        await _app!.DisposeAsync();
        Holds.Dispose();
        _metrics.Dispose();
        _meter.Dispose();
        _directory.Delete(recursive: true);
    }

    public static RelayModel Model(string socket) => Models.Relay(Models.Sender("ann@example.com")) with { AdminSocket = socket };

    private AdminParts Parts() => new()
    {
        Store = Store,
        State = State,
        Readiness = Readiness,
        Time = new FakeTime(Now),
        Log = NullLogger.Instance,
        Version = "0.1.0",
        Upstreams = Upstreams,
        Alerts = Alerts,
        Schedule = Schedule,
        Holds = Holds,
        Gates = Rotation.Gates,
        Senders = new SenderView(Rotation.Ledger, Rotation.Rotation, Rotation.Gates, new FakeTime(Now)),
        Health = new SenderHealth(
            State, Store, Rotation.Ledger, Rotation.Rotation, () => QueueChanges++, new FakeTime(Now), NullLogger<SenderHealth>.Instance),
        GiveBack = static _ => [],
        Preflight = Preflight,
        CheckPreflight = Runner.CheckNowAsync,
        Explainer = new EntryExplainer(Store, Schedule, Rotation.Rotation, Rotation.Gates, Rotation.Lineup, Rotation.Room, Suppressions, State, new FakeTime(Now)),
        QueueChanged = () => QueueChanges++,
        HooksChanged = () => HookChanges++,
        Suppressions = Suppressions,
        Bounces = new BounceIntake(
            new OutcomeEvents(Store, State, Rotation.Rotation, new FakeTime(Now), NullLogger<OutcomeEvents>.Instance), _parts.OptOuts, Store, State,
            static () => Models.Keys("a key of the tests' own"), new FakeTime(Now), NullLogger<BounceIntake>.Instance),
    };

    private static ImmutableArray<UpstreamReport> Upstreams() =>
        [new UpstreamReport("sendgrid", 1, CircuitState.HalfOpen, "421 \u001b[31mbusy", Now.AddMinutes(-2), 4)
        {
            Use = new UpstreamUseReport(40, 40, 1234, 50_000, 0.12m, 20, 1.5, 3, "today's limit of 40 is used up", Now.AddHours(1)),
        }];

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
