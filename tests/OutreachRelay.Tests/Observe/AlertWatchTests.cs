using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Observe;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Observe;

/// <summary>From what goes on in the relay to the book. The queue is a fake one, health and clock are the real parts.</summary>
public sealed class AlertWatchTests : IDisposable
{
    private static readonly ReplyVerdict Accepted = new(ReplyScope.Message, ReplyAction.Accept, null, ReplyBounce.None, "accepted");

    private readonly Meter _meter = new("alerts");
    private readonly FakeTime _time = new(Api.Now);
    private readonly FakeStore _store = new();
    private readonly AlertBook _book;
    private RelayState _relay = null!;
    private Schedule _schedule = null!;
    private SenderGates _gates = null!;
    private AlertWatch _watch = null!;

    public AlertWatchTests()
    {
        _book = new AlertBook(_meter, _time, NullLogger<AlertBook>.Instance);
        Start(Models.Relay(Models.Sender("ann@example.com")));
    }

    public void Dispose()
    {
        _watch.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task Look_OnlyUpstreamGoesDownAndComesBack_RaisesAndClears()
    {
        Fail("a");
        Assert.Equal(["DirectionDown acme/cold"], await LookAsync());

        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(["DirectionDown acme/cold", "UpstreamDown a"], await LookAsync());

        _schedule.Observe(_schedule.Upstreams()[0], (health, now) => health.Probed(now, succeeded: true, ""));
        _schedule.Observe(_schedule.Upstreams()[0], (health, now) => health.Succeeded(now));
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_AlertOfSomebodyElse_IsLeftAlone()
    {
        _book.Raise(AlertName.UpstreamDown, "elsewhere", "raised by another part");

        Assert.Equal(["UpstreamDown elsewhere"], await LookAsync());
    }

    [Fact]
    public async Task Look_DueMailStaysWhileTheUpstreamIsUp_Raises()
    {
        AddDue();
        Assert.Empty(await LookAsync());

        _time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(["MailOverdue acme/cold"], await LookAsync());

        _store.Entries.Clear();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_DueMailStaysBehindAClosedGate_IsNoAlert()
    {
        AddDue();
        _watch.Dispose();
        Start(Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("ann@example.com")) with { Gap = TimeSpan.FromHours(1) }, Models.Upstream("a")))));
        Assert.True(_gates.TryTake(_relay.Model, "ann@example.com").IsOpen);
        await LookAsync();

        _time.Advance(TimeSpan.FromMinutes(16));

        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_ManyMailsAreDueOneAfterTheOther_IsNoAlert()
    {
        for (var i = 0; i < 20; i++)
        {
            AddDue();
            Assert.Empty(await LookAsync());
            _time.Advance(TimeSpan.FromMinutes(1));
            _store.Entries.Clear();
            Assert.Empty(await LookAsync());
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Look_DeadLettersComeWithinAnHour_RaisesUntilTheHourIsOver()
    {
        for (var i = 0; i < 11; i++)
            _store.Add(EntryState.Dead);

        Assert.Equal(["DeadLetters "], await LookAsync());
        _store.Entries.Clear();
        _time.Advance(TimeSpan.FromMinutes(58));
        Assert.Equal(["DeadLetters "], await LookAsync());
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_DeadLettersAmongMuchMail_AreNoAlert()
    {
        await LookAsync();
        for (var i = 0; i < 500; i++)
            DeliverMetrics.Settled("a", new AttemptVerdict(Accepted, EntryState.Relayed, null, true, false), TimeSpan.Zero);
        for (var i = 0; i < 5; i++)
            _store.Add(EntryState.Dead);

        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_DeadLettersOfBeforeTheStart_AreNoAlert()
    {
        for (var i = 0; i < 11; i++)
            _store.Add(EntryState.Dead);
        _watch.Dispose();
        Start(_relay.Model);

        Assert.Empty(await LookAsync());
    }

    [Theory]
    [InlineData(61, new[] { "InDoubt " })]
    [InlineData(59, new string[0])]
    public async Task Look_OneInDoubt_GoesByWhenItCameIntoDoubt(int minutes, string[] expected)
    {
        var entry = _store.Add(EntryState.InDoubt);
        _store.Events[entry.Id] =
            [new StoreEvent(_time.GetUtcNow().AddDays(-1), StoreEventKind.Hold, "ops", ""), new StoreEvent(_time.GetUtcNow().AddMinutes(-minutes), StoreEventKind.InDoubt, "relay", "")];

        Assert.Equal(expected, await LookAsync());
    }

    [Fact]
    public async Task Look_ReloadRefusedThenTaken_RaisesAndClears()
    {
        _relay.Refuse("relay.toml:3:1: unknown key");
        Assert.Equal(["ReloadRefused "], await LookAsync());

        _relay.Replace(_relay.Model);
        Assert.Empty(await LookAsync());
    }

    [Theory]
    [InlineData(90)]
    [InlineData(-90)]
    public async Task Look_ClockWasSet_RaisesForAnHour(int seconds)
    {
        await LookAsync();
        _time.Set(_time.GetUtcNow().AddSeconds(seconds));
        Assert.Equal(["ClockStepped "], await LookAsync());

        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(["ClockStepped "], await LookAsync());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Look_ClockIsCorrectedALittleAgainAndAgain_IsNoAlert()
    {
        for (var i = 0; i < 5; i++)
        {
            _time.Set(_time.GetUtcNow().AddSeconds(59));
            Assert.Empty(await LookAsync());
        }
    }

    [Fact]
    public async Task Look_StoreHangsAndSaysSo_StillRaisesWhatIsKnown()
    {
        Fail("a");
        await LookAsync();
        _store.ReadGate = new TaskCompletionSource().Task;
        _store.Health = new StoreHealth(StoreStatus.Failing, "a write failed");

        var reads = _store.LaneReads;
        _time.Advance(TimeSpan.FromMinutes(1));
        var look = LookAsync();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(["DirectionDown acme/cold", "StoreUnavailable "], await look);
        var again = LookAsync();
        _time.Advance(TimeSpan.FromSeconds(3));
        await again;
        Assert.Equal(reads + 1, _store.LaneReads);
    }

    [Fact]
    public async Task Look_CertificateOfAListenerExpiresSoon_Raises()
    {
        using var authority = new TestAuthority(_time);
        var (certificate, key) = authority.Issue("relay.example", days: 10);
        using var loaded = X509Certificate2.CreateFromPem(certificate, key);
        var model = _relay.Model;
        _relay.Replace(model with
        {
            Listeners =
            [
                model.Listeners[0] with
                {
                    Address = new IPEndPoint(IPAddress.Any, 587),
                    Tls = TlsMode.StartTls,
                    Certificate = SslStreamCertificateContext.Create(loaded, null, offline: true),
                },
            ],
        });

        Assert.Equal(["CertificateExpiring 0.0.0.0:587"], await LookAsync());
        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(["CertificateExpired 0.0.0.0:587"], await LookAsync());
    }

    [Fact]
    public async Task Look_RelayIsStopping_RaisesNothing()
    {
        _relay.IsDraining = true;
        _store.Health = new StoreHealth(StoreStatus.Closed, "the store is closed");

        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task Run_StoreFails_RaisesByItself()
    {
        using var stop = new CancellationTokenSource();
        var running = _watch.RunAsync(stop.Token);
        _store.Health = new StoreHealth(StoreStatus.DiskNearlyFull, "the disk is nearly full");

        await Store.Eventually.TrueAsync(() => _book.Active.Any(alert => alert.Name == AlertName.StoreUnavailable), () => _time.Advance(TimeSpan.FromSeconds(1)));

        await stop.CancelAsync();
        await running;
    }

    private void AddDue()
    {
        var entry = _store.Add(client: "acme");
        _store.Entries[entry.Id] = entry with { Direction = "cold", Due = _time.GetUtcNow() };
    }

    private void Start(RelayModel model)
    {
        _relay = new RelayState(model, _time);
        var parts = new RotationParts(_time, _store);
        _gates = parts.Gates;
        _schedule = new Schedule(_relay, _store, parts.Rotation, _gates, parts.Budgets, _time);
        _schedule.Apply(model);
        _watch = new AlertWatch(_book, _store, _schedule, _gates, new PoolView(parts.Ledger, parts.Rotation, _time), _relay, _time, NullLogger<AlertWatch>.Instance);
    }

    private void Fail(string upstream)
    {
        var state = _schedule.Upstreams().Single(one => one.Model.Name == upstream);
        for (var i = 0; i < 3; i++)
            _schedule.Observe(state, (health, now) => health.Failed(now, "reset"));
    }

    private async Task<ImmutableArray<string>> LookAsync()
    {
        await _watch.LookAsync(TestContext.Current.CancellationToken);
        return [.. _book.Active.Select(alert => $"{alert.Name} {alert.Subject}").Order(StringComparer.Ordinal)];
    }
}
