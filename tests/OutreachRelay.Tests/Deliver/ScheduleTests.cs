using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Preflight;
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
    private BudgetLedger? _ledger;

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
        var (entry, direction) = (_started[0].Entry, _relay!.Model.Clients["acme"].Directions["cold"]);
        var sender = direction.Pool.Senders[0] with { Upstreams = [.. allowed] };

        Assert.Equal(expected, UpstreamChoice.HasOther(direction, sender, entry, "first"));
        entry.Unfit.Add("second");
        Assert.False(UpstreamChoice.HasOther(direction, sender, entry, "first"));
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
        Assert.Equal((1, 2), (_started.Count, upstream.Waiting.Count));
        for (var success = 0; success < 4; success++)
            schedule.Succeeded(upstream);

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
    public void Route_Cost_PrefersTheCheapestOfTheTierThatHasRoom()
    {
        var upstreams = new[]
        {
            Priced("dear", 0.5m), Priced("unknown", null), Priced("cheap", 0.1m) with { Limits = new UpstreamLimits { PricePer1000 = 0.1m, Daily = 2 } },
            Priced("cheapest", 0.01m) with { Tier = 2 },
        };
        var direction = Models.Direction(Models.Pool(Models.Sender("a@x.example")), upstreams) with { CheapestFirst = true };
        var schedule = Start(Models.Relay(Models.Client(direction)));

        Offer(schedule, 1);
        Offer(schedule, 2);
        Carried("cheap", 2);
        Offer(schedule, 3);
        Fail(schedule, schedule.Upstreams().Single(upstream => upstream.Model.Name == "dear"));
        Offer(schedule, 4);

        Assert.Equal(["cheap", "cheap", "dear", "unknown"], _started.Select(started => started.Upstream));

        static UpstreamModel Priced(string name, decimal? price) => Models.Upstream(name) with { Limits = new UpstreamLimits { PricePer1000 = price } };
    }

    [Fact]
    public void Route_CostOfEquals_IsSharedByWeight()
    {
        var same = new UpstreamLimits { PricePer1000 = 1 };
        var upstreams = new[] { Models.Upstream("a") with { Limits = same, MaxConnections = 100 }, Models.Upstream("b", weight: 3) with { Limits = same, MaxConnections = 100 } };
        var direction = Models.Direction(Models.Pool(Models.Sender("a@x.example")), upstreams) with { CheapestFirst = true };
        var schedule = Start(Models.Relay(Models.Client(direction)));

        for (var id = 1; id <= 40; id++)
            Offer(schedule, id);

        Assert.Equal(30, _started.Count(started => started.Upstream == "b"));
    }

    [Theory]
    [InlineData(20, 60, 3)]
    [InlineData(60, 60, 1)]
    [InlineData(600, 3600, 6)]
    public void S42_Rate_LetsOneThroughAtATime(int count, int seconds, int interval)
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 100, Rate = new Rate(count, TimeSpan.FromSeconds(seconds)) });
        for (var id = 1; id <= 9; id++)
            Offer(schedule, id);
        Assert.Empty(_started);

        for (var passed = 1; passed <= 5 * interval; passed++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            foreach (var (_, entry) in _started)
                schedule.Leave(schedule.Upstreams()[0], entry);
            Assert.Equal(passed / interval, _started.Count);
        }
    }

    [Fact]
    public async Task S42_AfterAnOutage_AttemptsStayWithinTheRate()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 100, Rate = new Rate(2, TimeSpan.FromSeconds(1)) });
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        for (var id = 1; id <= 30; id++)
            Offer(schedule, id);
        _time.Advance(TimeSpan.FromMinutes(10));

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));
        var (workers, sent) = (new List<Task<ReadyEntry?>>(), 0);
        for (var tick = 0; tick < 40; tick++)
        {
            sent += await CarryAsync(schedule, upstream, workers);
            Assert.InRange(sent, 1, 2 + (tick / 2));
            _time.Advance(TimeSpan.FromMilliseconds(250));
        }
        Assert.InRange(sent, 19, 22);
    }

    [Fact]
    public void S43_AfterAnOutage_BeginsWithOneAtATimeAndGrows()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 4 });
        var upstream = schedule.Upstreams()[0];
        Fail(schedule, upstream);
        for (var id = 1; id <= 30; id++)
            Offer(schedule, id);

        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));
        schedule.Observe(upstream, (health, now) => health.Succeeded(now));

        var busy = new List<int> { upstream.Busy };
        for (var success = 0; success < 9; success++)
        {
            schedule.Succeeded(upstream);
            busy.Add(upstream.Busy);
        }
        Assert.Equal([1, 2, 2, 2, 3, 3, 3, 4, 4, 4], busy);
    }

    [Fact]
    public async Task Throttled_HalfOfTheWorkersEnd()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 8 });
        var upstream = schedule.Upstreams()[0];
        for (var id = 1; id <= 20; id++)
            Offer(schedule, id);
        Assert.Equal(8, upstream.Busy);

        schedule.Throttled(upstream, TimeSpan.FromSeconds(5));
        schedule.Throttled(upstream, TimeSpan.FromSeconds(5));
        var next = Enumerable.Range(0, 8).Select(_ => schedule.NextAsync(upstream).AsTask()).ToList();
        Assert.Equal(4, next.Count(worker => worker.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(4, (await Task.WhenAll(next).WaitAsync(TimeSpan.FromSeconds(10))).Count(entry => entry is null));
        Assert.Equal(4, upstream.Workers);
    }

    [Fact]
    public void Rate_Behind_MailGoesToTheNextTierAndComesBack()
    {
        var schedule = Start(
            Models.Upstream("first") with { Rate = new Rate(2, TimeSpan.FromMinutes(1)) }, Models.Upstream("second", tier: 2) with { MaxConnections = 100 });

        for (var id = 1; id <= 5; id++)
            Offer(schedule, id);
        Assert.Equal([3, 4, 5], _started.Select(started => started.Entry.Entry.Id));

        _time.Advance(TimeSpan.FromSeconds(30));
        Offer(schedule, 6);
        Assert.Equal(["second", "second", "second", "first"], _started.Select(started => started.Upstream));
        Assert.Equal(2, schedule.Upstreams().Single(upstream => upstream.Model.Name == "first").Waiting.Count);
    }

    [Fact]
    public void Rate_OnlyUpstreamBehind_LeavesTheRestParkedUntilThereIsRoom()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 100, Rate = new Rate(4, TimeSpan.FromMinutes(1)) });
        var upstream = schedule.Upstreams()[0];
        for (var id = 1; id <= 6; id++)
            Offer(schedule, id);
        Assert.Equal(4, upstream.Waiting.Count);

        for (var passed = 0; passed < 6; passed++)
        {
            _time.Advance(TimeSpan.FromSeconds(15));
            foreach (var (_, entry) in _started)
                schedule.Leave(upstream, entry);
        }

        Assert.Equal([1, 2, 3, 4, 5, 6], _started.Select(started => started.Entry.Entry.Id));
    }

    [Fact]
    public async Task Rate_MailThatComesBackWithoutALease_LeavesItsPlaceToTheNext()
    {
        var schedule = Start(Models.Upstream("only") with { MaxConnections = 1, Rate = new Rate(1, TimeSpan.FromMinutes(1)) });
        Offer(schedule, 1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Offer(schedule, 2);

        schedule.Deferred(_started[0].Entry, null, wasTried: false);

        Assert.Equal(2, (await schedule.NextAsync(schedule.Upstreams()[0]))!.Entry.Id);
    }

    [Fact]
    public void Rate_SlowUpstream_DoesNotHoldUpItsEqual()
    {
        var schedule = Start(Models.Upstream("slow") with { MaxConnections = 1 }, Models.Upstream("quick") with { MaxConnections = 1000 });

        for (var id = 1; id <= 500; id++)
            Offer(schedule, id);

        Assert.Equal(64, schedule.Upstreams().Single(upstream => upstream.Model.Name == "slow").Waiting.Count);
        Assert.Equal(500 - 65, _started.Count(started => started.Upstream == "quick"));
    }

    [Fact]
    public void S49_BudgetUsedUp_GoesToTheNextTier()
    {
        var schedule = Start(Models.Upstream("first") with { Limits = new UpstreamLimits { Daily = 1 } }, Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        Carried("first", 1);

        Offer(schedule, 2);

        Assert.Equal(["first", "second"], _started.Select(started => started.Upstream));
    }

    [Fact]
    public void S49_AllBudgetsUsedUp_WaitsForTheReset()
    {
        var schedule = Start(Models.Upstream("only") with { Limits = new UpstreamLimits { Daily = 1 } });
        Carried("only", 1);
        Offer(schedule, 1);
        schedule.AddLanes([new LaneHead(new LaneKey("acme", "cold", "a@x.example"), _time.GetUtcNow())]);
        schedule.RetryParked();
        Assert.Empty(_started);
        Assert.Null(schedule.NextRead(out _));

        _time.Set(_time.GetUtcNow().AddDays(1));
        schedule.RetryParked();

        Assert.Equal("only", Assert.Single(_started).Upstream);
    }

    [Fact]
    public void S49_GiveBackFull_TakesTheWaitingAlong()
    {
        var schedule = Start(
            Models.Upstream("first") with { MaxConnections = 1, Limits = new UpstreamLimits { Daily = 1 } }, Models.Upstream("second", tier: 2));
        Offer(schedule, 1);
        Offer(schedule, 2);
        Carried("first", 1);

        schedule.GiveBackFull(_started[0].Entry, schedule.Upstreams().Single(upstream => upstream.Model.Name == "first"));

        Assert.Equal([("first", 1), ("second", 1), ("second", 2)], _started.Select(started => (started.Upstream, started.Entry.Entry.Id)));
    }

    [Fact]
    public void S50_LowerTierRecovers_GetsWhatIsNew()
    {
        var schedule = Start(Models.Upstream("first"), Models.Upstream("second", tier: 2));
        var first = schedule.Upstreams().Single(upstream => upstream.Model.Name == "first");
        Fail(schedule, first);
        Offer(schedule, 1);

        schedule.Observe(first, (health, now) => health.Probed(now, succeeded: true, ""));
        schedule.Observe(first, (health, now) => health.Succeeded(now));
        Offer(schedule, 2);

        Assert.Equal(["second", "first"], _started.Select(started => started.Upstream));
        Assert.Equal("a@x.example", _started[1].Entry.Entry.Sender);
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
    public async Task L33_PacedSenderOfTwoDirections_MailComesBack_TheOtherDirectionIsRead()
    {
        var schedule = StartPacedOfTwoDirections();
        await OfferBothAsync(schedule);

        schedule.Deferred(_started[0].Entry, null, wasTried: false);

        await AssertWokenAsync(schedule);
        AssertWarmIsRead(schedule);
    }

    [Fact]
    public async Task L33_PacedSenderOfTwoDirections_MailIsSent_TheOtherDirectionIsReadAfterTheGap()
    {
        var schedule = StartPacedOfTwoDirections();
        await OfferBothAsync(schedule);

        Send(schedule, _started[0].Entry);

        await AssertWokenAsync(schedule);
        Assert.Null(schedule.NextRead(out var next));
        Assert.InRange(next - _time.GetUtcNow(), TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(12));
        _time.Set(next);
        _time.Advance(TimeSpan.FromMinutes(12));
        AssertWarmIsRead(schedule);
    }

    [Fact]
    public async Task L33_PacedSenderOfTwoDirections_MailIsParked_TheOtherDirectionIsRead()
    {
        var schedule = StartPacedOfTwoDirections();
        await OfferBothAsync(schedule);

        schedule.GiveBack(_started[0].Entry, "only");

        await AssertWokenAsync(schedule);
        AssertWarmIsRead(schedule);
    }

    [Fact]
    public async Task L33_PacedSenderOfTwoDirections_PageComesWhileTheGateIsTaken_IsReadAgain()
    {
        var schedule = StartPacedOfTwoDirections();
        var warm = Lane with { Direction = "warm" };
        schedule.AddLanes([new LaneHead(warm, _time.GetUtcNow())]);
        var read = schedule.NextRead(out _)!.Value;
        Offer(schedule, 1);

        schedule.AddPage(read, [Entries.Queued(2) with { Direction = "warm", Due = _time.GetUtcNow() }], DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
        while (schedule.NextRead(out _) is { } other)
            schedule.AddPage(other, [], DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
        await schedule.WaitForFeedAsync(DateTimeOffset.MaxValue, default).WaitAsync(TimeSpan.FromSeconds(10));
        schedule.Deferred(Assert.Single(_started).Entry, null, wasTried: false);

        await AssertWokenAsync(schedule);
        AssertWarmIsRead(schedule);
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

    [Theory]
    [InlineData(9, true)]
    [InlineData(8, false)]
    public void L34_AllSendersPaused_RetriesWaitForTheWindowWithoutBeingRead(int hour, bool isRead)
    {
        var window = new SendWindow(DaysOfWeek.All, new TimeOnly(9, 0), new TimeOnly(18, 0));
        var sender = Models.Sender("a@x.example") with { Calendar = new SendCalendar(window, TimeZoneInfo.Utc) };
        var schedule = Start(Models.Relay(Models.Client(Models.Direction(Models.Pool(sender), Models.Upstream("only")))));
        _time.Set(new DateTimeOffset(2026, 3, 2, hour, 30, 0, TimeSpan.Zero));
        Pause("a@x.example");

        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);

        Assert.Equal(isRead, schedule.NextRead(out var next) is { Tried: true, Untried: 0 });
        Assert.Equal(isRead ? _time.GetUtcNow() : _time.GetUtcNow().AddMinutes(1), next);
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
    public void S40_UpstreamIsSlow_ItsEqualsGoBeforeItAndTakeWhatWaitsThere()
    {
        var schedule = Start(Models.Upstream("tarpit", weight: 9) with { MaxConnections = 1 }, Models.Upstream("equal") with { MaxConnections = 1 });
        for (var id = 1; id <= 20; id++)
            Offer(schedule, id);
        var tarpit = schedule.Upstreams().Single(upstream => upstream.Model.Name == "tarpit");
        Assert.True(tarpit.Waiting.Count > 10);

        for (var mail = 0; mail < Slowness.InARow; mail++)
            schedule.Took(tarpit, TimeSpan.FromMinutes(5), 1000);
        Offer(schedule, 21);

        Assert.Equal(0, tarpit.Waiting.Count);
        schedule.Took(tarpit, TimeSpan.FromSeconds(1), 1000);
        for (var id = 22; id <= 40; id++)
            Offer(schedule, id);
        Assert.True(tarpit.Waiting.Count > 10);
    }

    [Fact]
    public void S40_UpstreamEndsNoAttempt_TheOtherTakesWhatWaitsThere()
    {
        var schedule = Start(Models.Upstream("tarpit", weight: 9) with { MaxConnections = 2 }, Models.Upstream("equal") with { MaxConnections = 100 });
        for (var id = 1; id <= 20; id++)
            Offer(schedule, id);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(schedule.FindStalled());
        var tarpit = schedule.Upstreams().Single(upstream => upstream.Model.Name == "tarpit");
        Assert.True(tarpit.Waiting.Count > 10);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([tarpit], schedule.FindStalled());
        Assert.Equal((0, 18), (tarpit.Waiting.Count, _started.Count(started => started.Upstream == "equal")));
        Assert.Empty(schedule.FindStalled());
    }

    [Fact]
    public void S40_OnlyUpstreamOfItsTierIsSlow_GoesOn()
    {
        var schedule = Start(Models.Upstream("tarpit"), Models.Upstream("second", tier: 2));
        for (var mail = 0; mail < Slowness.InARow; mail++)
            schedule.Took(schedule.Upstreams().Single(upstream => upstream.Model.Name == "tarpit"), TimeSpan.FromMinutes(5), 1000);

        Offer(schedule, 1);

        Assert.Equal("tarpit", Assert.Single(_started).Upstream);
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
        (_gates, _ledger) = (parts.Gates, parts.Ledger);
        var schedule = new Schedule(_relay, _store, parts.Rotation, parts.Gates, parts.Budgets, _time) { StartWorker = (upstream, entry) => _started.Add((upstream.Model.Name, entry)) };
        schedule.Apply(model);
        return schedule;
    }

    private static void Fail(Schedule schedule, UpstreamState upstream) =>
        schedule.Observe(upstream, (health, now) => health.Refused(now, "down", TimeSpan.FromMinutes(15)));

    private void Offer(Schedule schedule, long id, string direction = "cold") =>
        schedule.Offer(Message(), [Entries.Queued(id) with { Direction = direction, Due = _time.GetUtcNow() }]);

    private void Pause(string sender)
    {
        lock (_ledger!.Gate)
            _ledger.Senders.Get(sender, "x.example").Bar = new PreflightBar(_time.GetUtcNow(), "no key is published");
    }

    private Schedule StartPaced(TimeSpan gap) => Start(Models.Relay(Models.Client(
        Models.Direction(Models.Pool(Models.Sender("a@x.example")) with { Gap = gap }, Models.Upstream("only")))));

    private Schedule StartPacedOfTwoDirections()
    {
        var (pool, upstream) = (Models.Pool(Models.Sender("a@x.example")) with { Gap = TimeSpan.FromMinutes(8) }, Models.Upstream("only"));
        return Start(Models.Relay(Models.Client(Models.Direction(pool, upstream), Models.Direction(pool, upstream) with { Name = "warm" })));
    }

    // The first mail goes through the gate, and the feed sleeps: it has seen that the second one has to wait.
    private async Task OfferBothAsync(Schedule schedule)
    {
        Offer(schedule, 1);
        Offer(schedule, 2, "warm");
        Assert.Single(_started);
        Assert.Null(schedule.NextRead(out var next));
        Assert.Equal(DateTimeOffset.MaxValue, next);
        await schedule.WaitForFeedAsync(next, default).WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static void AssertWarmIsRead(Schedule schedule)
    {
        var read = Assert.NotNull(schedule.NextRead(out _));
        Assert.Equal((Lane with { Direction = "warm" }, 1), (read.Lane.Key, read.Untried));
    }

    private static Task AssertWokenAsync(Schedule schedule) =>
        schedule.WaitForFeedAsync(DateTimeOffset.MaxValue, default).WaitAsync(TimeSpan.FromSeconds(10));

    // What workers do: they send what they have at once, and ask for the next.
    private async Task<int> CarryAsync(Schedule schedule, UpstreamState upstream, List<Task<ReadyEntry?>> workers)
    {
        workers.AddRange(_started.Select(started => Task.FromResult<ReadyEntry?>(started.Entry)));
        _started.Clear();
        var sent = 0;
        while (upstream.Busy > 0)
        {
            var busy = workers.FindIndex(static worker => worker.IsCompleted);
            if (busy < 0)
                busy = workers.IndexOf(await Task.WhenAny(workers).WaitAsync(TimeSpan.FromSeconds(10)));
            var entry = (await workers[busy])!;
            schedule.Leave(upstream, entry);
            schedule.Observe(upstream, (health, now) => health.Succeeded(now));
            schedule.Succeeded(upstream);
            schedule.Finished(entry);
            sent++;
            workers[busy] = schedule.NextAsync(upstream).AsTask();
            workers.AddRange(_started.Select(started => Task.FromResult<ReadyEntry?>(started.Entry)));
            _started.Clear();
        }
        return sent;
    }

    // What the store tells after a lease.
    private void Carried(string upstream, long messages) =>
        _ledger!.Publish([new CounterValue(BudgetKeys.Upstream(upstream, DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime)), messages)]);

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
