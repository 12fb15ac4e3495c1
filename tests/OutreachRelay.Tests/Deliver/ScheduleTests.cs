using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Deliver;

public sealed class ScheduleTests
{
    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();
    private readonly List<(string Upstream, ReadyEntry Entry)> _started = [];
    private static readonly LaneKey Lane = new("acme", "cold", "a@x.example");
    private RelayState? _relay;
    private SenderGates? _gates;

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

        Add(schedule, Entries.Queued() with { State = EntryState.InDoubt, Rank = EntryRank.Tried, MaybeSent = true, Upstream = "second" });

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
        for (var id = 1; id <= DirectionQueue.Capacity + 1; id++)
            Offer(schedule, id);
        Assert.Null(schedule.NextRead(out _));

        schedule.Finished(_started[0].Entry);
        for (var i = 0; i < DirectionQueue.Capacity - 8; i++)
            schedule.Finished((await schedule.NextAsync(schedule.Upstreams()[0]))!);

        Assert.Equal("a@x.example", schedule.NextRead(out _)!.Value.Lane.Key.Sender);
    }

    [Fact]
    public void NextRead_EntryDueLater_SaysWhen()
    {
        var schedule = Start(Models.Upstream("only"));
        var due = _time.GetUtcNow() + TimeSpan.FromHours(1);

        schedule.Offer(Message(), [Entries.Queued() with { Due = due }]);

        Assert.Null(schedule.NextRead(out var next));
        Assert.Equal(due, next);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(32, schedule.NextRead(out _)!.Value.Untried);
    }

    [Fact]
    public void AddPage_LaneNotedMeanwhile_IsReadAgain()
    {
        var schedule = Start(Models.Upstream("only"));
        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);
        var read = schedule.NextRead(out _)!.Value;

        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);
        schedule.AddPage(read, [], DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);

        Assert.NotNull(schedule.NextRead(out _));
    }

    [Fact]
    public void L33_PacedSender_SendsOneAndWaitsForItsGap()
    {
        var schedule = StartPaced(TimeSpan.FromMinutes(8));
        Offer(schedule, 1);
        Offer(schedule, 2);

        Assert.Equal(1, Assert.Single(_started).Entry.Entry.Id);
        Assert.Null(schedule.NextRead(out _));
        Send(schedule, _started[0].Entry);
        Assert.Null(schedule.NextRead(out var next));
        Assert.InRange(next - _time.GetUtcNow(), TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(12));
        _time.Set(next);
        _time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal((false, 1), (schedule.NextRead(out _)!.Value is var read && read.Tried, read.Untried));
    }

    [Fact]
    public void L33_PacedSenderWhoseMailComesBack_MaySendAnother()
    {
        var schedule = StartPaced(TimeSpan.FromMinutes(8));
        Offer(schedule, 1);
        Offer(schedule, 2);

        schedule.Deferred(_started[0].Entry, null, wasTried: false);

        Assert.Equal(1, schedule.NextRead(out _)!.Value.Untried);
    }

    [Fact]
    public void L33_PacedSenderWithAParkedMail_IsNotHeldUpByIt()
    {
        var pool = Models.Pool(Models.Sender("a@x.example")) with { Gap = TimeSpan.FromMinutes(8) };
        var schedule = Start(Models.Relay(Models.Client(
            Models.Direction(pool, Models.Upstream("down")), Models.Direction(pool, Models.Upstream("up")) with { Name = "warm" })));
        Fail(schedule, schedule.Upstreams().Single(upstream => upstream.Model.Name == "down"));
        Offer(schedule, 1);

        Offer(schedule, 2, "warm");

        Assert.Equal("up", Assert.Single(_started).Upstream);
    }

    [Fact]
    public void L34_WindowClosed_WaitsUntilItOpens()
    {
        var window = new SendWindow(DaysOfWeek.All, new TimeOnly(10, 0), new TimeOnly(18, 0));
        var sender = Models.Sender("a@x.example") with { Calendar = new SendCalendar(window, TimeZoneInfo.Utc) };
        var schedule = Start(Models.Relay(Models.Client(Models.Direction(Models.Pool(sender), Models.Upstream("only")))));
        _time.Set(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

        Offer(schedule, 1);

        Assert.Empty(_started);
        Assert.Null(schedule.NextRead(out var next));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), next);
    }

    [Fact]
    public void Expect_EntryMovedToAnotherSender_ItsLaneIsRead()
    {
        var schedule = Start(Models.Upstream("only"));

        schedule.Expect(Entries.Queued() with { Due = _time.GetUtcNow() });

        Assert.Equal(Lane, schedule.NextRead(out _)!.Value.Lane.Key);
    }

    [Fact]
    public void NextRead_NoUpstream_WaitsForOneWithoutReading()
    {
        var schedule = Start(Models.Upstream("only"));
        Fail(schedule, schedule.Upstreams()[0]);
        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);
        Assert.Null(schedule.NextRead(out _));

        schedule.Observe(schedule.Upstreams()[0], (health, now) => health.Probed(now, succeeded: true, ""));

        Assert.NotNull(schedule.NextRead(out _));
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
    public async Task Park_MoreThanItsShare_IsReadAgainWhenTheUpstreamReturns()
    {
        var schedule = Start(Models.Upstream("only"));
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        for (var id = 1; id <= DirectionQueue.ParkedCapacity + 1; id++)
            Offer(schedule, id);
        Assert.Null(schedule.NextRead(out _));

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));
        schedule.Observe(upstream, (health, now) => health.Succeeded(now));
        foreach (var (_, entry) in _started.ToList())
            schedule.Finished(entry);
        while (upstream.Waiting.Count > 0)
            schedule.Finished((await schedule.NextAsync(upstream))!);

        Assert.NotNull(schedule.NextRead(out _));
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
        var parts = new RotationParts(_time, _store);
        _gates = parts.Gates;
        var schedule = new Schedule(_relay, _store, parts.Rotation, parts.Gates, _time) { StartWorker = (upstream, entry) => _started.Add((upstream.Model.Name, entry)) };
        schedule.Apply(model);
        return schedule;
    }

    private static void Fail(Schedule schedule, UpstreamState upstream) =>
        schedule.Observe(upstream, (health, now) => health.Failed(now, "down", isAccount: true));

    private void Offer(Schedule schedule, long id, string direction = "cold") =>
        schedule.Offer(Message(), [Entries.Queued(id) with { Direction = direction, Due = _time.GetUtcNow() }]);

    private Schedule StartPaced(TimeSpan gap) => Start(Models.Relay(Models.Client(
        Models.Direction(Models.Pool(Models.Sender("a@x.example")) with { Gap = gap }, Models.Upstream("only")))));

    // What an attempt does.
    private void Send(Schedule schedule, ReadyEntry entry)
    {
        _gates!.NoteSent(_relay!.Model, entry.Entry, _gates.Terms(_relay.Model, entry.Entry).Sent!.Value);
        schedule.Finished(entry);
    }

    private void Add(Schedule schedule, QueueEntry entry)
    {
        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);
        schedule.AddPage(schedule.NextRead(out _)!.Value, [entry], null, null);
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
