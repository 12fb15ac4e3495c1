using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Deliver;

public sealed class ScheduleTests
{
    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();
    private readonly List<(string Upstream, ReadyEntry Entry)> _started = [];
    private RelayState? _relay;

    [Fact]
    public void Offer_TwoTiers_GoesToTheLowerOne()
    {
        var schedule = Start(Models.Upstream("second", tier: 2), Models.Upstream("first"));

        Offer(schedule, 1);

        Assert.Equal("first", Assert.Single(_started).Upstream);
    }

    [Fact]
    public void Offer_EqualTiers_SharesByWeight()
    {
        var schedule = Start(Models.Upstream("light") with { MaxConnections = 100 }, Models.Upstream("heavy", weight: 3) with { MaxConnections = 100 });

        for (var id = 1; id <= 40; id++)
            Offer(schedule, id);

        Assert.Equal(30, _started.Count(started => started.Upstream == "heavy"));
    }

    [Fact]
    public void GiveBack_FailedUpstream_GoesToTheNextTier()
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));
        Offer(schedule, 1);

        schedule.GiveBack(_started[0].Entry, "first");

        Assert.Equal(["first", "second"], _started.Select(started => started.Upstream));
    }

    [Fact]
    public void W31_GoElsewhere_UnfitUpstream_NeverGetsTheEntryAgain()
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));
        Offer(schedule, 1);

        schedule.GoElsewhere(_started[0].Entry, 1, "first", unfit: true);
        schedule.GiveBack(_started[1].Entry, "second");
        schedule.RetryParked();

        Assert.Equal(["first", "second", "second"], _started.Select(started => started.Upstream));
    }

    [Fact]
    public void W31_Apply_NewModel_LetsTheUnfitTryAgain()
    {
        var schedule = Start(Models.Upstream("only"));
        Offer(schedule, 1);
        schedule.GoElsewhere(_started[0].Entry, 1, "only", unfit: true);
        schedule.RetryParked();
        Assert.Single(_started);

        schedule.Apply(_relay!.Model);

        Assert.Equal(2, _started.Count);
    }

    [Theory]
    [InlineData(new string[0], true)]
    [InlineData(new[] { "first", "second" }, true)]
    [InlineData(new[] { "first" }, false)]
    public void W31_HasOther_CountsWhatMayCarryTheSender(string[] allowed, bool expected)
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        var entry = _started[0].Entry;

        Assert.Equal(expected, UpstreamChoice.HasOther(_relay!.Model.Clients["acme"].Directions["cold"], allowed, entry, "first"));
        entry.Unfit.Add("second");
        Assert.False(UpstreamChoice.HasOther(_relay.Model.Clients["acme"].Directions["cold"], allowed, entry, "first"));
    }

    [Fact]
    public void S41_AllUpstreamsOpen_ParksUntilOneReturns()
    {
        var schedule = Start(Models.Upstream("only"));
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        Offer(schedule, 1);
        Assert.Empty(_started);

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));

        Assert.True(Assert.Single(_started).Entry.IsTrial);
    }

    [Fact]
    public void Observe_HalfOpen_LetsOneOfManyThroughAndAllAfterASuccess()
    {
        var schedule = Start(Models.Upstream("only"));
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        for (var id = 1; id <= 3; id++)
            Offer(schedule, id);

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));
        Assert.Single(_started);
        schedule.Observe(upstream, (health, now) => health.Succeeded(now));

        Assert.Equal(3, _started.Count);
    }

    [Fact]
    public void Observe_Opened_MovesWaitingEntriesToTheNextTier()
    {
        var schedule = Start(Models.Upstream("first") with { MaxConnections = 1 }, Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        Offer(schedule, 2);
        Assert.Single(_started);

        Fail(schedule, schedule.Upstreams().Single(upstream => upstream.Model.Name == "first"));

        Assert.Equal("second", _started[1].Upstream);
    }

    [Fact]
    public async Task NextAsync_EntriesOfTwoDirections_TakeTurns()
    {
        var pool = Models.Pool(Models.Sender("a@x.example"));
        var upstream = Models.Upstream("only") with { MaxConnections = 1 };
        var schedule = Start(Models.Relay(Models.Client(
            Models.Direction(pool, upstream), Models.Direction(pool, upstream) with { Name = "warm" })));
        for (var id = 1; id <= 3; id++)
            Offer(schedule, id);
        Offer(schedule, 4, "warm");

        var next = await schedule.NextAsync(schedule.Upstreams()[0]);
        var afterNext = await schedule.NextAsync(schedule.Upstreams()[0]);

        Assert.Equal([2, 4], [next!.Entry.Id, afterNext!.Entry.Id]);
    }

    [Fact]
    public void Offer_InDoubt_GoesBackToItsUpstreamOnly()
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));

        Add(schedule, Entries.Queued() with { State = EntryState.InDoubt, MaybeSent = true, Upstream = "second" });

        Assert.Equal("second", Assert.Single(_started).Upstream);
    }

    [Fact]
    public void Offer_SenderBoundToAnUpstream_GoesThere()
    {
        var pool = Models.Pool(Models.Sender("a@x.example", upstreams: "second"));
        var schedule = Start(Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("first"), Models.Upstream("second", tier: 2)))));

        Offer(schedule, 1);

        Assert.Equal("second", Assert.Single(_started).Upstream);
    }

    [Fact]
    public void R33_StoreCannotWrite_StartsNothingUntilItCan()
    {
        var schedule = Start(Models.Upstream("only"));
        _store.Health = new StoreHealth(StoreStatus.Failing, "disk");
        Offer(schedule, 1);
        Assert.Empty(_started);

        _store.Health = StoreHealth.Ready;
        schedule.RetryParked();

        Assert.Single(_started);
    }

    [Fact]
    public async Task Offer_MoreThanMemoryTakes_LeavesTheRestToTheStore()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 1 });
        schedule.WantMore(out _).ForEach(want => schedule.AddPage(want.Direction, [], want.Scan, isLast: true, null));
        for (var id = 1; id <= DirectionQueue.Capacity + 1; id++)
            Offer(schedule, id);
        Assert.Empty(schedule.WantMore(out _));

        schedule.Finished(_started[0].Entry);
        for (var i = 0; i < DirectionQueue.Capacity / 2; i++)
            schedule.Finished((await schedule.NextAsync(schedule.Upstreams()[0]))!);

        Assert.Single(schedule.WantMore(out _));
    }

    [Fact]
    public void WantMore_EntryDueLater_SaysWhen()
    {
        var schedule = Start(Models.Upstream("only"));
        schedule.WantMore(out _).ForEach(want => schedule.AddPage(want.Direction, [], want.Scan, isLast: true, null));
        var due = _time.GetUtcNow() + TimeSpan.FromHours(1);

        schedule.Offer(Message(), [Entries.Queued() with { Due = due }]);

        Assert.Empty(schedule.WantMore(out var next));
        Assert.Equal(due, next);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(schedule.WantMore(out _));
    }

    [Fact]
    public void AddPage_ScanStartedOverMeanwhile_IsReadAgain()
    {
        var schedule = Start(Models.Upstream("only"));
        var (direction, _, scan) = schedule.WantMore(out _)[0];

        schedule.Rescan();
        schedule.AddPage(direction, [], scan, isLast: true, null);

        Assert.Single(schedule.WantMore(out _));
    }

    [Fact]
    public void Park_MoreThanItsShare_LeavesPlacesToThoseThatCanGo()
    {
        var pool = Models.Pool(Models.Sender("a@x.example", upstreams: "down"), Models.Sender("b@x.example"));
        var schedule = Start(Models.Relay(Models.Client(Models.Direction(pool, Models.Upstream("down"), Models.Upstream("up", tier: 2)))));
        Fail(schedule, schedule.Upstreams().Single(upstream => upstream.Model.Name == "down"));
        for (var id = 1; id <= 2 * DirectionQueue.Capacity; id++)
            Offer(schedule, id);

        schedule.Offer(Message(), [Entries.Queued(9999) with { Sender = "b@x.example", Due = _time.GetUtcNow() }]);

        Assert.Equal(9999, Assert.Single(_started).Entry.Entry.Id);
    }

    [Fact]
    public void Park_MoreThanItsShare_IsReadAgainWhenTheUpstreamReturns()
    {
        var schedule = Start(Models.Upstream("only"));
        schedule.WantMore(out _).ForEach(want => schedule.AddPage(want.Direction, [], want.Scan, isLast: true, null));
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        for (var id = 1; id <= DirectionQueue.ParkedCapacity + 1; id++)
            Offer(schedule, id);
        Assert.Empty(schedule.WantMore(out _));

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));

        Assert.Single(schedule.WantMore(out _));
    }

    [Fact]
    public void S45_ExpiredWhileParked_FreesItsPlace()
    {
        var schedule = Start(Models.Upstream("only"));
        Fail(schedule, schedule.Upstreams()[0]);
        schedule.Offer(Message(), [Entries.Queued() with { Due = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow() + TimeSpan.FromMinutes(1) }]);
        _time.Advance(TimeSpan.FromMinutes(1));

        schedule.RetryParked();
        schedule.Observe(schedule.Upstreams()[0], (health, now) => health.Probed(now, succeeded: true, ""));

        Assert.Empty(_started);
    }

    [Fact]
    public async Task Apply_UpstreamRemoved_ItsIdleWorkersEnd()
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        var idle = schedule.NextAsync(schedule.Upstreams().Single(upstream => upstream.Model.Name == "first")).AsTask();
        var relay = Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example")), Models.Upstream("second", tier: 2))));

        _relay!.Replace(relay);
        schedule.Apply(relay);

        Assert.Null(await idle.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Apply_SameFileAgain_DoesNotCloseAnOpenCircuit()
    {
        var upstream = Models.Upstream("only") with { DomainCredentials = [new CredentialModel("only/1", ["x.example"], "user", "secret")] };
        var schedule = Start(upstream);
        Fail(schedule, schedule.Upstreams()[0]);

        schedule.Apply(Models.Relay(Models.Client(Models.Direction(
            Models.Pool(Models.Sender("a@x.example")),
            upstream with { DomainCredentials = [new CredentialModel("only/1", ["x.example"], "user", "secret")] }))));

        Assert.Equal(CircuitState.Open, schedule.Upstreams()[0].Health.State);
    }

    [Fact]
    public void Observe_ClockSetBack_StillProbesInTime()
    {
        var schedule = Start(Models.Upstream("only"));
        Fail(schedule, schedule.Upstreams()[0]);
        _time.Set(_time.GetUtcNow() - TimeSpan.FromDays(1));

        _time.Advance(TimeSpan.FromMinutes(15));

        Assert.True(schedule.Upstreams()[0].Health.ProbeAt <= schedule.SteadyNow);
    }

    [Fact]
    public void Apply_UpstreamRemoved_ItsWaitingEntriesGoElsewhere()
    {
        var schedule = Start(Models.Upstream("first") with { MaxConnections = 1 }, Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        Offer(schedule, 2);
        var relay = Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example")), Models.Upstream("second", tier: 2))));

        _relay!.Replace(relay);
        var gone = schedule.Apply(relay);

        Assert.Equal("first", Assert.Single(gone).Model.Name);
        Assert.Equal("second", _started[1].Upstream);
    }

    private Schedule Start(params UpstreamModel[] upstreams) =>
        Start(Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example")), upstreams))));

    private Schedule Start(RelayModel model)
    {
        _relay = new RelayState(model, _time);
        var schedule = new Schedule(_relay, _store, _time) { StartWorker = (upstream, entry) => _started.Add((upstream.Model.Name, entry)) };
        schedule.Apply(model);
        return schedule;
    }

    private static void Fail(Schedule schedule, UpstreamState upstream) =>
        schedule.Observe(upstream, (health, now) => health.Failed(now, "down", isAccount: true));

    private void Offer(Schedule schedule, long id, string direction = "cold") =>
        schedule.Offer(Message(), [Entries.Queued(id) with { Direction = direction, Due = _time.GetUtcNow() }]);

    private static void Add(Schedule schedule, QueueEntry entry)
    {
        var (direction, _, scan) = schedule.WantMore(out _)[0];
        schedule.AddPage(direction, [entry], scan, isLast: true, null);
    }

    private static StoredMessage Message() => new()
    {
        Id = 1,
        Client = "acme",
        Direction = "cold",
        ReversePath = "jane@crm.example",
        ReceivedAt = default,
        Received = default,
        Content = new byte[100],
        Length = 100,
        NeedsSmtpUtf8 = false,
        Has8Bit = false,
    };
}
