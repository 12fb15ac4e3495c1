using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Store;
using OutreachRelay.Tests.Deliver.Explaining;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Policy.Preflight;

/// <summary>From the zone to the mail that leaves or waits: a real DNS server, store, schedule and feed, on a clock that stands.</summary>
public sealed class PreflightRunnerTests : IAsyncDisposable
{
    private const string Good = "v=spf1 ip4:192.0.2.0/24 -all";
    private const string Bad = "v=spf1 ip4:198.51.100.0/24 -all";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(6);

    private readonly ZoneServer _server = new(new Zone()) { FailsInsteadOfSilence = true };
    private ExplainBench _bench = null!;
    private PreflightState _state = null!;
    private PreflightRunner _runner = null!;

    [Fact]
    public async Task L38_Enforce_FailingDomain_LeavesTheRotationAndComesBackByItself()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));

        Assert.All(await SendersOfAsync(6), sender => Assert.Equal("ann@one.example", sender));
        Assert.Equal("preflight fails for two.example at a, its senders are out of the rotation: "
            + "192.0.2.7, from which a sends, gets fail at two.example; there is no key at s1._domainkey.two.example", Assert.Single(_state.Failures()).Text);

        Publish(("one.example", Good), ("two.example", Good));
        _bench.Time.Advance(Soon);
        await _runner.RunDueAsync(CancellationToken.None);

        Assert.Contains("bob@two.example", await SendersOfAsync(2, from: 10));
        Assert.Empty(_state.Failures());
    }

    [Fact]
    public async Task L38_TurnsToFail_UntriedMailGoesToOthersAndTriedMailKeepsItsSenderAndWaits()
    {
        Publish(("one.example", Bad), ("two.example", Good));
        await StartAsync(Model(PreflightMode.Enforce, pool => pool with { Gap = TimeSpan.FromHours(1) }));
        var tried = await _bench.AcceptKeptAsync("to1@y.example");
        await _bench.EndAsync(tried, EntryState.Queued, TimeSpan.FromMinutes(30), "451 later");
        var untried = await _bench.AcceptKeptAsync("to2@y.example");
        Assert.Equal(("bob@two.example", "bob@two.example"), ((await _bench.EntryAsync(tried)).Sender, (await _bench.EntryAsync(untried)).Sender));

        var left = _bench.Left[tried];
        Publish(("one.example", Good), ("two.example", Bad));
        await CheckAsync("one.example", "two.example");
        await _bench.PumpAsync();
        _bench.Time.Advance(TimeSpan.FromHours(2));
        await _bench.PumpAsync();

        Assert.Equal("ann@one.example", (await _bench.EntryAsync(untried)).Sender);
        Assert.Equal("bob@two.example", (await _bench.EntryAsync(tried)).Sender);
        Assert.Equal(left, _bench.Left[tried]);
        var explanation = await _bench.ExplainAsync(tried);
        Assert.Contains(explanation.Waits, wait => wait.Kind == WaitKind.Upstream && wait.Detail.Contains("a must not carry it: preflight fails there for its sender's domain"));

        Publish(("one.example", Good), ("two.example", Good));
        await CheckAsync("two.example");
        await _bench.PumpAsync();
        Assert.True(_bench.Left[tried] > left);
    }

    [Fact]
    public async Task L38_AllDomainsFail_MailIsAcceptedAndWaitsForTheFirstThatPasses()
    {
        Publish(("one.example", Bad), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));
        var id = await _bench.AcceptAsync("to1@y.example");
        Assert.Null((await _bench.EntryAsync(id)).Sender);
        Assert.Equal([new ObstacleCount(SenderObstacle.Preflight, 2)], (await _bench.ExplainAsync(id)).Candidates);

        Publish(("one.example", Good), ("two.example", Bad));
        await CheckAsync("one.example");
        await _bench.PumpAsync();

        Assert.Contains(id, _bench.Left.Keys);
        Assert.Equal("ann@one.example", (await _bench.EntryAsync(id)).Sender);
    }

    [Fact]
    public async Task L38_DnsFails_NothingChanges()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));

        _server.Zone = new Zone { IsSilent = true };
        _bench.Time.Advance(TimeSpan.FromHours(2));
        await _runner.RunDueAsync(CancellationToken.None);

        Assert.Equal([PreflightVerdict.Pass, PreflightVerdict.Fail], _state.Reports().Select(report => report.Verdict));
        Assert.All(_state.Reports(), report => Assert.Equal((_bench.Now, true), (report.CheckedAt, report.IsDoubtful)));
        Assert.All(await SendersOfAsync(4), sender => Assert.Equal("ann@one.example", sender));
    }

    [Fact]
    public async Task Enforce_NeverSeen_IsEligible()
    {
        _server.Zone = new Zone { IsSilent = true };
        await StartAsync(Model(PreflightMode.Enforce));

        Assert.All(_state.Reports(), report => Assert.Equal(PreflightVerdict.Unknown, report.Verdict));
        Assert.Equal(2, (await SendersOfAsync(4)).Distinct().Count());
    }

    [Fact]
    public async Task Enforce_FailsAtOneUpstream_LeavesByTheOther()
    {
        Publish(("one.example", Bad), ("two.example", Bad));
        var taken = new List<string>();
        await StartAsync(Model(PreflightMode.Enforce, pool => pool, Upstream("a", "192.0.2.7"), Upstream("b", "198.51.100.7", tier: 2)),
            door => door.Schedule.StartWorker = (upstream, _) => taken.Add(upstream.Model.Name));

        Assert.Equal(2, (await SendersOfAsync(4)).Distinct().Count());

        Assert.Equal(["b", "b", "b", "b"], taken);
        Assert.All(_state.Failures(), failure => Assert.Contains("at a, its mail leaves by others", failure.Text));
    }

    [Fact]
    public async Task Enforce_DirectionWithoutAPassingUpstream_DoesNotChooseTheSender()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        var pool = Models.Pool(Models.Sender("ann@one.example"), Models.Sender("bob@two.example"));
        var (a, b) = (Upstream("a", "192.0.2.7"), Upstream("b", "198.51.100.7"));
        var other = Models.Direction(pool, b) with { Name = "other" };
        await StartAsync(With(Models.Relay(Models.Client(Models.Direction(pool, a), other)), PreflightMode.Enforce));

        Assert.Equal(["ann@one.example"], (await SendersOfAsync(4)).Distinct());
        Assert.False(_bench.Door.Ledger.Senders.Find("bob@two.example")!.IsPaused);
    }

    [Fact]
    public async Task Warn_FailingDomain_SendsAndIsToldOf()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Warn));

        Assert.Equal(2, (await SendersOfAsync(4)).Distinct().Count());
        Assert.StartsWith("preflight fails for two.example at a, it sends all the same: ", Assert.Single(_state.Failures()).Text);
    }

    [Fact]
    public async Task Off_NothingIsAskedAndNothingIsTold()
    {
        Publish(("one.example", Bad), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Off));

        Assert.Empty(_server.Asked);
        Assert.Empty(_state.Reports());
        Assert.Equal(PreflightVerdict.Fail, Assert.Single(await _runner.CheckNowAsync("two.example", CancellationToken.None)).Verdict);
        Assert.Equal(2, (await SendersOfAsync(4)).Distinct().Count());
    }

    [Fact]
    public async Task Restart_VerdictsAreInForceBeforeDnsAnswers()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));
        _server.Zone = new Zone { IsSilent = true };

        await _bench.Door.RestartAsync();
        await WireAsync();

        Assert.Equal([PreflightVerdict.Pass, PreflightVerdict.Fail], _state.Reports().Select(report => report.Verdict));
        Assert.Equal("ann@one.example", (await _bench.Door.AcceptAsync(Submissions.Plain, "to1@y.example"))[0].Sender);
        Assert.True(_bench.Door.Ledger.Senders.Find("bob@two.example")!.IsPaused);
    }

    [Fact]
    public async Task Reload_NoLongerEnforced_LetsEverybodySendAtOnce()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));
        Assert.True(_bench.Door.Ledger.Senders.Find("bob@two.example")!.IsPaused);

        Reload(Model(PreflightMode.Warn));

        Assert.False(_bench.Door.Ledger.Senders.Find("bob@two.example")!.IsPaused);
    }

    [Fact]
    public async Task Reload_OtherSelectors_IsLookedAtWithoutWaiting()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));
        _server.Zone.Add("s2._domainkey.two.example", DnsType.TXT, PreflightBench.Key.Record.Text);
        var model = Model(PreflightMode.Enforce);

        Reload(model with { Domains = new[] { Selectors("one.example", "s1"), Selectors("two.example", "s2") }.ToFrozenDictionary(domain => domain.Name) });
        _server.Asked.Clear();
        await _runner.RunDueAsync(CancellationToken.None);

        Assert.Equal([PreflightVerdict.Pass, PreflightVerdict.Pass], _state.Reports().Select(report => report.Verdict));
        Assert.DoesNotContain(_server.Asked, asked => asked.Name.EndsWith("one.example", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task S24_UpstreamRefusesTheDomain_IsLookedAtWithoutWaiting()
    {
        Publish(("one.example", Good), ("two.example", Good));
        await StartAsync(Model(PreflightMode.Enforce));
        Publish(("one.example", Good), ("two.example", Bad));
        await _runner.RunDueAsync(CancellationToken.None);
        Assert.Empty(_state.Failures());

        _runner.Hasten("two.example", "a");
        await _runner.RunDueAsync(CancellationToken.None);

        Assert.Contains("two.example", Assert.Single(_state.Failures()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PassesAreAskedInTheirIntervalAndFailsSooner()
    {
        Publish(("one.example", Good), ("two.example", Bad));
        await StartAsync(Model(PreflightMode.Enforce));

        Assert.Empty(await AskedAfterAsync(TimeSpan.FromMinutes(4)));
        Assert.Equal(["two.example"], await AskedAfterAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(["one.example", "two.example"], await AskedAfterAsync(TimeSpan.FromHours(1)));
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _server.DisposeAsync();
    }

    private RelayModel Model(PreflightMode mode, Func<PoolModel, PoolModel>? change = null, params UpstreamModel[] upstreams)
    {
        var pool = Models.Pool(Models.Sender("ann@one.example"), Models.Sender("bob@two.example"));
        var direction = Models.Direction(change?.Invoke(pool) ?? pool, upstreams is [] ? [Upstream("a", "192.0.2.7")] : upstreams);
        return With(Models.Relay(Models.Client(direction)), mode);
    }

    private RelayModel With(RelayModel model, PreflightMode mode) => model with
    {
        Policy = model.Policy with { Preflight = new PreflightModel { Mode = mode } },
        Dns = new DnsModel([_server.Address], null),
        Domains = new[] { Selectors("one.example", "s1"), Selectors("two.example", "s1") }.ToFrozenDictionary(domain => domain.Name),
    };

    private static DomainModel Selectors(string domain, string selector) =>
        new(domain, null) { Selectors = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("a", [selector]).Add("b", [selector]) };

    private static UpstreamModel Upstream(string name, string address, int tier = 1) =>
        Models.Upstream(name, tier) with { MaxConnections = 100, SendingAddresses = [IPAddress.Parse(address)] };

    private void Publish(params (string Domain, string Spf)[] domains)
    {
        var zone = new Zone();
        foreach (var (domain, spf) in domains)
            zone.Add(domain, DnsType.TXT, spf).Add(domain, DnsType.MX, "10", "mx.example");
        _server.Zone = zone;
    }

    private async Task StartAsync(RelayModel model, Action<Door>? prepare = null)
    {
        _bench = await ExplainBench.OpenAsync(model);
        prepare?.Invoke(_bench.Door);
        await WireAsync();
        await _runner.RunDueAsync(CancellationToken.None);
    }

    private async Task WireAsync()
    {
        var door = _bench.Door;
        _state = new PreflightState(door.Relay, door.Ledger, door.Schedule.Reroute);
        door.Schedule.FailingUpstreams = _state.Failing;
        _runner = new PreflightRunner(door.Relay, door.Store, _state, _bench.Time, new Random(1), NullLogger<PreflightRunner>.Instance);
        await _runner.LoadAsync(CancellationToken.None);
    }

    private void Reload(RelayModel model)
    {
        _bench.Door.Relay.Replace(model);
        _state.Apply();
        _bench.Door.Schedule.Apply(model);
    }

    private async Task CheckAsync(params string[] domains)
    {
        foreach (var domain in domains)
            await _runner.CheckNowAsync(domain, CancellationToken.None);
    }

    private async Task<List<string?>> SendersOfAsync(int count, int from = 1)
    {
        var senders = new List<string?>();
        for (var n = from; n < from + count; n++)
            senders.Add((await _bench.Door.AcceptAsync(Submissions.Plain, $"to{n}@y.example"))[0].Sender);
        return senders;
    }

    private async Task<IEnumerable<string>> AskedAfterAsync(TimeSpan time)
    {
        _server.Asked.Clear();
        _bench.Time.Advance(time);
        await _runner.RunDueAsync(CancellationToken.None);
        return _server.Asked.Where(asked => asked.Type == DnsType.MX).Select(asked => asked.Name.ToLowerInvariant()).Order();
    }
}
