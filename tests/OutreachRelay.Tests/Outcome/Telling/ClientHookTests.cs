using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Telling;
using OutreachRelay.Store;
using OutreachRelay.Tests.Outcome.Events;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Outcome.Telling;

/// <summary>A client's hook over a store on disk, against a real HTTP server. Time is made.</summary>
public sealed class ClientHookTests : IAsyncLifetime
{
    private const string Secret = "a secret of the test";

    private readonly Meter _meter = new("hooks");
    private EventBench _bench = null!;
    private HookReceiver _receiver = null!;
    private AlertBook _alerts = null!;
    private JsonPost _post = null!;
    private ClientHook _hook = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await HookReceiver.StartAsync();
        _bench = await EventBench.StartAsync();
        _alerts = new AlertBook(_meter, _bench.Time, NullLogger<AlertBook>.Instance);
        _post = new JsonPost(_bench.Time);
        Configure(_receiver.Url);
        _hook = NewHook();
        await TellAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _hook.Dispose();
        _post.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task Tell_EventsOfTheClient_ArriveSignedAndInTheirOrder()
    {
        var (first, second) = (await _bench.SentAsync(), await _bench.SentAsync(EntryState.Failed, "joe@y.example"));
        await _bench.HearAsync(first, OutcomeKind.Delivered);
        await _bench.HearAsync(first, OutcomeKind.Complained);

        await TellAsync();

        Assert.Equal(["failed", "delivered", "complained"], _receiver.Kinds);
        Assert.Equal([QueueId.Format(second), QueueId.Format(first), QueueId.Format(first)], _receiver.Events.Select(static told => told.GetProperty("entry").GetString()));
        var (signature, body, _) = Assert.Single(_receiver.Requests);
        Assert.Equal(HookSignature.Of(Secret, _bench.Time.GetUtcNow(), body), signature);
        await TellAsync();
        Assert.Single(_receiver.Requests);
    }

    [Fact]
    public async Task Tell_KindsThatAreNotAskedFor_ArePassed()
    {
        Configure(_receiver.Url, StoreEventKind.Complained);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Opened);
        await _bench.HearAsync(entry, OutcomeKind.Complained);

        await TellAsync();

        Assert.Equal(["complained"], _receiver.Kinds);
    }

    [Fact]
    public async Task Tell_AfterAFailure_ComesAgainWithTheSameEventsAndThenGoesOn()
    {
        _receiver.Answer = static _ => Task.FromResult(500);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);
        await TellAsync();
        await _bench.HearAsync(entry, OutcomeKind.Opened);
        await TellAsync();
        Assert.Single(_receiver.Requests);

        _receiver.Answer = static _ => Task.FromResult(200);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await TellAsync();

        Assert.Equal(["delivered", "opened"], _receiver.Kinds);
        Assert.Equal(2, _receiver.Requests.Count);
    }

    [Fact]
    public async Task Tell_ByAnotherProcess_GoesOnWhereTheFirstEnded()
    {
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);
        await TellAsync();
        _receiver.Answer = static _ => Task.FromResult(503);
        await _bench.HearAsync(entry, OutcomeKind.Opened);
        await TellAsync();
        _receiver.Answer = static _ => Task.FromResult(200);

        using var next = NewHook();
        await TellAsync(next);

        Assert.Equal(["delivered", "opened"], _receiver.Kinds);
    }

    [Fact]
    public async Task Tell_Redirect_IsNotFollowed()
    {
        _receiver.Answer = context =>
        {
            context.Response.Headers.Location = _receiver.Url.ToString();
            return Task.FromResult(307);
        };
        await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Delivered);

        await TellAsync();

        Assert.Equal(307, Assert.Single(_receiver.Requests).Status);
    }

    [Fact]
    public async Task Tell_Refused410_IsGivenUpAtOnceAndTheNextGoesOn()
    {
        _receiver.Answer = static _ => Task.FromResult(410);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);
        await TellAsync();

        var untold = Assert.Single(await UntoldAsync());
        Assert.Equal(("acme", 1, "answered 410"), (untold.Client, untold.Events, untold.Reason));
        Assert.Equal((AlertName.EventsUntold, "acme"), Assert.Single(_alerts.Active.Select(static alert => (alert.Name, alert.Subject))));

        _receiver.Answer = static _ => Task.FromResult(200);
        await _bench.HearAsync(entry, OutcomeKind.Opened);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await TellAsync();
        Assert.Equal(["opened"], _receiver.Kinds);
        Assert.Empty(_alerts.Active);

        await _bench.Store.ChangeUntoldAsync(new UntoldChange.Again([]));
        await TellAsync();
        Assert.Equal(["opened", "delivered"], _receiver.Kinds);
        Assert.Empty(await UntoldAsync());
    }

    [Fact]
    public async Task Tell_AgainAndRefusedAgain_StaysGivenUp()
    {
        _receiver.Answer = static _ => Task.FromResult(410);
        await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Delivered);
        await TellAsync();
        _receiver.Answer = static _ => Task.FromResult(500);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));

        await _bench.Store.ChangeUntoldAsync(new UntoldChange.Again([]));
        await TellAsync();

        Assert.Equal(("answered 500", false), Assert.Single((await UntoldAsync()).Select(static one => (one.Reason, one.Again))));
    }

    [Fact]
    public async Task Tell_TargetAwayForDays_GivesUpWhatIsTooOldInOneStretchAndKeepsTheRest()
    {
        _receiver.Answer = static _ => Task.FromResult(500);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);
        await TellAsync();
        await _bench.HearAsync(entry, OutcomeKind.Opened);
        Pass(HookModel.Patience + TimeSpan.FromHours(1));
        await _bench.HearAsync(entry, OutcomeKind.Complained);
        await TellAsync();

        Assert.Equal(2, Assert.Single(await UntoldAsync()).Events);
        Assert.Equal(AlertName.EventsUntold, Assert.Single(_alerts.Active).Name);
        _receiver.Answer = static _ => Task.FromResult(200);
        _bench.Time.Advance(TimeSpan.FromSeconds(10));
        await TellAsync();
        Assert.Equal(["complained"], _receiver.Kinds);
    }

    [Fact]
    public async Task Tell_FailingForAQuarterOfAnHour_IsAnAlertUntilItWorks()
    {
        _receiver.Answer = static _ => Task.FromResult(500);
        await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Delivered);
        await TellAsync();
        Assert.Empty(_alerts.Active);

        _bench.Time.Advance(TimeSpan.FromMinutes(16));
        await TellAsync();
        Assert.Equal("client acme does not take its events: answered 500", Assert.Single(_alerts.Active).Text);

        Configure(new Uri(_receiver.Url, "/other"));
        _receiver.Answer = static _ => Task.FromResult(200);
        await TellAsync();
        Assert.Empty(_alerts.Active);
        Assert.Equal(["delivered"], _receiver.Kinds);
    }

    [Fact]
    public async Task Tell_TargetThatResolvesToTheInternetWithoutTls_IsNotAsked()
    {
        Configure(new Uri("http://0.0.0.0:9/hook"));
        await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Delivered);

        await TellAsync();

        Assert.Empty(_receiver.Requests);
    }

    [Fact]
    public async Task Run_OneHookHangs_OthersAreTold()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        var port = ((IPEndPoint)hanging.LocalEndpoint).Port;
        Configure(new Uri($"http://127.0.0.1:{port}/"));
        using var hooks = new ClientHooks(_bench.Store, _bench.Relay, _alerts, TimeProvider.System, new Random(1), NullLogger<ClientHooks>.Instance);
        using var stop = new CancellationTokenSource();
        var running = hooks.RunAsync(stop.Token);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);
        using var held = await hanging.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        AddOther(_receiver.Url);
        hooks.Wake();
        await Eventually.TrueAsync(async () => (await _bench.Store.ReadToldAsync(CancellationToken.None)).Length == 2);
        await AcceptOtherAsync();

        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Kinds.Contains("removed")));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Run_HookRemovedAndAddedAgain_HearsOfWhatHappensFromThenOn()
    {
        using var hooks = new ClientHooks(_bench.Store, _bench.Relay, _alerts, TimeProvider.System, new Random(1), NullLogger<ClientHooks>.Instance);
        using var stop = new CancellationTokenSource();
        var running = hooks.RunAsync(stop.Token);
        Configure(null);
        hooks.Wake();
        await Eventually.TrueAsync(async () => (await _bench.Store.ReadToldAsync(CancellationToken.None)).IsEmpty);
        var entry = await _bench.SentAsync();
        await _bench.HearAsync(entry, OutcomeKind.Delivered);

        Configure(_receiver.Url);
        hooks.Wake();
        await Eventually.TrueAsync(async () => (await _bench.Store.ReadToldAsync(CancellationToken.None)).Length == 1);
        await _bench.HearAsync(entry, OutcomeKind.Opened);

        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Kinds.Count == 1));
        Assert.Equal(["opened"], _receiver.Kinds);
        await stop.CancelAsync();
        await running;
    }

    private ClientHook NewHook() =>
        new("acme", new HookParts(_bench.Store, _bench.Relay, _post, _alerts, _bench.Time, new Random(1), NullLogger.Instance));

    private Task TellAsync() => TellAsync(_hook);

    // Until there is nothing to do for now.
    private static async Task TellAsync(ClientHook hook)
    {
        while (await hook.TellAsync(TestContext.Current.CancellationToken) <= TimeSpan.Zero)
        {
        }
    }

    private void Configure(Uri? url, params StoreEventKind[] kinds)
    {
        var client = _bench.Relay.Model.Clients["acme"] with { Hook = url is null ? null : Hook(url, kinds) };
        Replace(client);
    }

    private static HookModel Hook(Uri url, params StoreEventKind[] kinds) =>
        new(url, Secret, kinds is [] ? [.. HookModel.Words.Select(static word => word.Kind)] : [.. kinds]);

    private void Replace(ClientModel client)
    {
        var model = _bench.Relay.Model;
        _bench.Relay.Replace(model with { Clients = model.Clients.Values.Where(other => other.Name != client.Name).Append(client).ToFrozenDictionary(static one => one.Name) });
    }

    private void AddOther(Uri url) => Replace(_bench.Relay.Model.Clients["acme"] with { Name = "other", Hook = Hook(url) });

    private async Task AcceptOtherAsync()
    {
        var now = _bench.Time.GetUtcNow();
        var accepted = Assert.IsType<AcceptResult.Accepted>(await _bench.Store.AcceptAsync(new AcceptRequest
        {
            Client = "other",
            Direction = "cold",
            ReversePath = "crm@other.example",
            ReceivedAt = now,
            ExpiresAt = now.AddDays(1),
            Received = static _ => "Received: by relay.example.com\r\n"u8.ToArray(),
            Content = "Subject: hello\r\n\r\n"u8.ToArray(),
            Length = 18,
            NeedsSmtpUtf8 = false,
            Has8Bit = false,
            OriginalMessageId = null,
            DuplicateWindow = TimeSpan.Zero,
            Groups = [new EntryGroup([], [new EntryDraft("to@y.example", "to@y.example", default, false, null)], now)],
        }));
        await _bench.Store.ApplyAsync(new EntryAction(EntryActionKind.Drop, [accepted.Entries[0].Id], "ops", "not wanted", static _ => []));
    }

    // The wall's clock and the steady one, without each second's timers.
    private void Pass(TimeSpan span)
    {
        _bench.Time.Set(_bench.Time.GetUtcNow() + span);
        _bench.Time.Advance(TimeSpan.FromMinutes(10));
    }

    private async Task<IReadOnlyList<Untold>> UntoldAsync() => await _bench.Store.ReadUntoldAsync(null, CancellationToken.None);
}
