using System.Collections.Frozen;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver.Explaining;

/// <summary>What is told of a waiting entry is what then happens.</summary>
public sealed class EntryExplainerTests
{
    private const string Ann = "ann@x.example";
    private const string Bob = "bob@x.example";

    private static readonly PoolModel Paced = Models.Pool(Models.Sender(Ann)) with { Gap = TimeSpan.FromMinutes(8) };

    [Fact]
    public async Task L39_Gap_EndsWhenTold()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal(WaitKind.Gap, wait.Kind);
        Assert.InRange(earliest - bench.Now, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(12));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_Spread_EndsWhenTold()
    {
        var sender = Models.Sender(Ann, dailyLimit: 5) with { Calendar = Window(10, 18) };
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(sender) with { Spread = true }));
        var first = await bench.AcceptAsync("one@y.example");
        var second = await bench.AcceptAsync("two@y.example");

        var (firstLeaves, secondLeaves) = ((await OnlyWaitAsync(bench, first)).Earliest, (await OnlyWaitAsync(bench, second)).Earliest);

        Assert.True(Today(10) < firstLeaves && firstLeaves < secondLeaves, "the day's first opening is drawn, and the next one is spread");
        await bench.AssertLeavesAtAsync(first, firstLeaves);
        await bench.AssertLeavesAtAsync(second, secondLeaves);
    }

    [Fact]
    public async Task L39_Window_OpensWhenTold()
    {
        var sender = Models.Sender(Ann) with { Calendar = Window(10, 18) };
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(sender)));
        var id = await bench.AcceptAsync("one@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Window, Today(10)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_UnitOfTomorrow_LeavesWhenTold()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann, dailyLimit: 1))));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.OtherDate, Today(24)), (wait.Kind, earliest));
        Assert.Contains("its sender's limit of today is used up", wait.Detail);
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Theory]
    [InlineData("direction", SenderObstacle.DirectionLimit)]
    [InlineData("client", SenderObstacle.ClientLimit)]
    [InlineData("domain", SenderObstacle.DomainLimit)]
    public async Task L39_SharedLimit_IsNamed(string limit, SenderObstacle expected)
    {
        var pool = Models.Pool(Models.Sender(Ann)) with { DomainDailyLimit = limit == "domain" ? 1 : null };
        var direction = Models.Direction(pool, Models.Upstream("a")) with { DailyLimit = limit == "direction" ? 1 : null };
        var model = Models.Relay(Models.Client(direction) with { DailyLimit = limit == "client" ? 1 : null });
        await using var bench = await ExplainBench.OpenAsync(model);
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var explanation = await bench.ExplainAsync(id);

        Assert.Contains($"its {(limit == "domain" ? "sender domain" : limit)}'s limit of today is used up", explanation.Waits[0].Detail);
        Assert.Equal([new ObstacleCount(expected, 1)], explanation.Candidates);
        await bench.AssertLeavesAtAsync(id, explanation.Earliest!.Value);
    }

    [Fact]
    public async Task L39_DailyLimitLowered_LeavesOnTheNextDay()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        bench.Replace(ExplainBench.Model(Models.Pool(Models.Sender(Ann, dailyLimit: 1)) with { Gap = TimeSpan.FromMinutes(8) }));
        await bench.PumpAsync();

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.DailyLimit, Today(24)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_HourlyLimit_EndsWithTheHour()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann)) with { DomainHourlyLimit = 1 }));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.HourlyLimit, Today(10)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_BehindOthers_LeavesInItsTurn()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        await bench.AcceptAsync("two@y.example");
        await bench.AcceptAsync("three@y.example");
        var id = await bench.AcceptAsync("four@y.example");
        await bench.AcceptAsync("one@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal(WaitKind.Turn, wait.Kind);
        Assert.StartsWith("3 of its lane go before it (1 follow-up, 2 first)", wait.Detail);
        Assert.InRange(earliest - bench.Now, TimeSpan.FromMinutes(32), TimeSpan.FromMinutes(48));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_BehindMoreThanADayTakes_LeavesOnALaterDay()
    {
        var sender = Models.Sender(Ann, dailyLimit: 3) with { Calendar = Window(9, 11) };
        var model = ExplainBench.Model(Models.Pool(sender) with { Gap = TimeSpan.FromMinutes(20) });
        await using var bench = await ExplainBench.OpenAsync(model with { Delivery = model.Delivery with { Expire = TimeSpan.FromDays(9) } });
        long id = 0;
        for (var i = 0; i < 8; i++)
            id = await bench.AcceptAsync($"r{i}@y.example");

        var earliest = (await bench.ExplainAsync(id)).Earliest!.Value;

        Assert.InRange(earliest, Today(24 + 24 + 9), Today(24 + 24 + 11));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_AnotherMailOnItsWay_HasNoTime()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        var first = await bench.AcceptKeptAsync("one@y.example");
        var second = await bench.AcceptAsync("two@y.example");

        Assert.Equal(WaitKind.Attempt, Assert.Single((await bench.ExplainAsync(first)).Waits).Kind);
        var explanation = await bench.ExplainAsync(second);

        Assert.Equal((WaitKind.Busy, null), (Assert.Single(explanation.Waits).Kind, explanation.Earliest));
        await bench.EndAsync(first, EntryState.Relayed);
        Assert.Equal(WaitKind.Gap, (await bench.ExplainAsync(second)).Waits[0].Kind);
    }

    [Fact]
    public async Task L39_PausedSender_FollowUpWaitsForItsReturn()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann), Models.Sender(Bob, weight: 0.1))));
        await bench.AcceptAsync("one@y.example");
        bench.Pause(Ann, until: bench.Now.AddHours(6));
        var id = await bench.AcceptAsync("one@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Paused, bench.Now.AddHours(6)), (wait.Kind, earliest));
        Assert.Contains("3 of 20 bounced", wait.Detail);
        await bench.RunUntilAsync(earliest.AddTicks(-1));
        Assert.DoesNotContain(id, bench.Left.Keys);
        bench.Time.Advance(TimeSpan.FromTicks(1));
        bench.Resume(Ann);
        await bench.PumpAsync();
        Assert.Equal(earliest, bench.Left[id]);
    }

    [Fact]
    public async Task L39_PausedTooLong_AnotherSenderTakesOverWhenTold()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(
            Models.Pool(Models.Sender(Ann), Models.Sender(Bob, weight: 0.1)) with { StickyMissing = TimeSpan.FromHours(2) }));
        await bench.AcceptAsync("one@y.example");
        bench.Pause(Ann);
        var id = await bench.AcceptAsync("one@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Paused, bench.Now.AddHours(2)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest, rest: TimeSpan.FromMinutes(1));
        var reassigned = await bench.ExplainAsync(id);
        Assert.Equal((Bob, SenderChoice.Reassigned), (reassigned.Entry.Sender, reassigned.Sender.Choice));
        Assert.Contains("3 of 20 bounced", reassigned.Sender.Detail);
    }

    [Fact]
    public async Task L13_L39_AllPaused_IsUnassignedUntilTheFirstReturns()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann), Models.Sender(Bob))));
        await bench.AcceptAsync("one@y.example");
        await bench.AcceptAsync("two@y.example");
        bench.Pause(Ann, until: bench.Now.AddHours(6));
        bench.Pause(Bob, until: bench.Now.AddHours(3));
        var id = await bench.AcceptAsync("three@y.example");

        var explanation = await bench.ExplainAsync(id);

        Assert.Equal((WaitKind.Sender, bench.Now.AddHours(3)), (Assert.Single(explanation.Waits).Kind, explanation.Earliest));
        Assert.Equal(SenderChoice.None, explanation.Sender.Choice);
        Assert.Equal([new ObstacleCount(SenderObstacle.Paused, 2)], explanation.Candidates);
        await bench.RunUntilAsync(explanation.Earliest!.Value.AddTicks(-1));
        Assert.DoesNotContain(id, bench.Left.Keys);
        bench.Time.Advance(TimeSpan.FromTicks(1));
        bench.Resume(Bob);
        await bench.PumpAsync();
        Assert.Equal(explanation.Earliest, bench.Left[id]);
        Assert.Equal(Bob, (await bench.EntryAsync(id)).Sender);
    }

    [Fact]
    public async Task L39_FirstMailOfAPausedSender_IsTakenOver()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(
            Models.Pool(Models.Sender(Ann, weight: 9), Models.Sender(Bob)) with { Gap = TimeSpan.FromMinutes(8) }));
        var keeper = await bench.AcceptKeptAsync("one@y.example");
        await bench.AcceptKeptAsync("two@y.example");
        var id = await bench.AcceptAsync("three@y.example");
        var sender = (await bench.EntryAsync(id)).Sender!;
        bench.Pause(sender);

        var explanation = await bench.ExplainAsync(id);

        Assert.NotEqual(keeper, id);
        Assert.Equal(WaitKind.Reassignment, Assert.Single(explanation.Waits).Kind);
        await bench.PumpAsync();
        Assert.NotEqual(sender, (await bench.EntryAsync(id)).Sender);
    }

    [Fact]
    public async Task L39_NoUpstream_WaitsForTheProbe()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann, upstreams: "a")), Models.Upstream("a"), Models.Upstream("b", tier: 2)));
        bench.Fail();
        var id = await bench.AcceptAsync("one@y.example");

        var explanation = await bench.ExplainAsync(id);

        Assert.Equal(WaitKind.Upstream, Assert.Single(explanation.Waits).Kind);
        Assert.Contains($"a is down since {bench.Now:yyyy-MM-dd HH:mm:ss}Z: connection refused", explanation.Waits[0].Detail);
        Assert.Equal([UpstreamObstacle.Down, UpstreamObstacle.SenderNotAllowed], explanation.Upstreams.Select(upstream => upstream.Obstacle));
        Assert.Equal(bench.Upstream().Health.ProbeAt - bench.Door.Schedule.SteadyNow, explanation.Earliest - bench.Now);
        await bench.RunUntilAsync(explanation.Earliest!.Value);
        Assert.DoesNotContain(id, bench.Left.Keys);
        bench.Return();
        await bench.PumpAsync();
        Assert.Equal(explanation.Earliest, bench.Left[id]);
    }

    [Fact]
    public async Task L39_UpstreamLimitUsedUp_WaitsForItsNextDay()
    {
        var upstream = Models.Upstream("a") with { Limits = new UpstreamLimits { Daily = 1 } };
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann)), upstream));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Upstream, Today(24)), (wait.Kind, earliest));
        Assert.Contains("today's limit of 1 is used up", wait.Detail);
        await bench.RunUntilAsync(earliest.AddTicks(-1));
        Assert.DoesNotContain(id, bench.Left.Keys);
        bench.Time.Advance(TimeSpan.FromTicks(1));
        bench.Door.Schedule.RetryParked();
        await bench.PumpAsync();
        Assert.Equal(earliest, bench.Left[id]);
    }

    [Fact]
    public async Task L39_UpstreamBehindWithItsRate_IsTold()
    {
        var upstream = Models.Upstream("a") with { Rate = new Rate(1, TimeSpan.FromMinutes(1)) };
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann)), upstream));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var explanation = await bench.ExplainAsync(id);

        Assert.Equal(UpstreamObstacle.Rate, Assert.Single(explanation.Upstreams).Obstacle);
        Assert.Equal(WaitKind.Upstream, Assert.Single(explanation.Waits).Kind);
    }

    [Fact]
    public async Task L39_NoUpstreamAndAClosedGate_BothAreTold()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced with { Gap = TimeSpan.FromHours(1) }));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        bench.Fail();

        var explanation = await bench.ExplainAsync(id);

        Assert.Equal([WaitKind.Gap, WaitKind.Upstream], explanation.Waits.Select(wait => wait.Kind));
        Assert.Equal(explanation.Waits[0].Until, explanation.Earliest);
    }

    [Fact]
    public async Task L39_Retry_IsDueWhenTold()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        var id = await bench.AcceptKeptAsync("one@y.example");
        await bench.EndAsync(id, EntryState.Queued, TimeSpan.FromMinutes(5), "451 4.7.1 greylisted");
        bench.Left.Clear();

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Retry, bench.Now.AddMinutes(5)), (wait.Kind, earliest));
        Assert.Contains("after 1 attempt; the last ended with: 451 4.7.1 greylisted", wait.Detail);
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_RetryAfterTheWindow_WaitsForTheNext()
    {
        var sender = Models.Sender(Ann) with { Calendar = Window(8, 9, 2) };
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(sender)));
        var id = await bench.AcceptKeptAsync("one@y.example");
        await bench.EndAsync(id, EntryState.Queued, TimeSpan.FromMinutes(5), "451 later");
        bench.Left.Clear();

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.Retry, Today(24 + 8)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_Held_WaitsForTheOperator()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        await bench.ApplyAsync(EntryActionKind.Hold, id, "looks wrong");

        var explanation = await bench.ExplainAsync(id);

        Assert.Equal((WaitKind.Operator, null), (Assert.Single(explanation.Waits).Kind, explanation.Earliest));
        Assert.Equal($"held by ann at {bench.Now:yyyy-MM-dd HH:mm:ss}Z: looks wrong", explanation.Waits[0].Detail);
        await bench.RunUntilAsync(bench.Now.AddDays(1));
        Assert.DoesNotContain(id, bench.Left.Keys);
        await bench.ApplyAsync(EntryActionKind.Release, id);
        Assert.Contains(id, bench.Left.Keys);
    }

    [Theory]
    [InlineData(InDoubtAction.Retry, "sent there again")]
    [InlineData(InDoubtAction.Hold, "held for the operator")]
    public async Task L39_InDoubt_EndsWhenTold(InDoubtAction setting, string then)
    {
        var model = ExplainBench.Model(Models.Pool(Models.Sender(Ann)));
        await using var bench = await ExplainBench.OpenAsync(model with { Delivery = model.Delivery with { InDoubt = setting } });
        var id = await bench.AcceptKeptAsync("one@y.example");
        await bench.EndAsync(id, EntryState.InDoubt, TimeSpan.FromMinutes(15), "silent after the final dot");
        bench.Left.Clear();

        var explanation = await bench.ExplainAsync(id);
        var wait = explanation.Waits[^1];

        Assert.Equal((WaitKind.InDoubt, bench.Now.AddMinutes(15)), (wait.Kind, wait.Until));
        Assert.Contains(then, wait.Detail);
        if (setting == InDoubtAction.Retry)
        {
            Assert.Equal(wait.Until, explanation.Earliest);
            await bench.AssertLeavesAtAsync(id, wait.Until!.Value);
            return;
        }
        Assert.Equal((WaitKind.Operator, null), (explanation.Waits[0].Kind, explanation.Earliest));
        await bench.RunUntilAsync(wait.Until!.Value);
        Assert.Equal(EntryState.Held, (await bench.EntryAsync(id)).State);
    }

    [Fact]
    public async Task L39_SendAt_LeavesWhenItsClientAsked()
    {
        var client = Models.Client(Models.Direction(Models.Pool(Models.Sender(Ann)), Models.Upstream("a"))) with { ControlHeaders = true };
        await using var bench = await ExplainBench.OpenAsync(Models.Relay(client));
        var id = await bench.AcceptAsync("From: jane@crm.example\r\nX-Outreach-Send-At: 2026-03-04T11:30:00Z\r\n\r\nhello\r\n", "one@y.example");

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.SendTime, Today(48 + 11).AddMinutes(30)), (wait.Kind, earliest));
        await bench.AssertLeavesAtAsync(id, earliest);
    }

    [Fact]
    public async Task L39_UnitOfADayThatIsOver_LeavesAsSoonAsAnUpstreamReturns()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Models.Pool(Models.Sender(Ann, dailyLimit: 1))));
        bench.Fail();
        var id = await bench.AcceptAsync("one@y.example");
        await bench.AcceptAsync("two@y.example");
        await bench.RunUntilAsync(Today(24 + 9));

        var (wait, earliest) = await OnlyWaitAsync(bench, id);

        Assert.Equal((WaitKind.OtherDate, bench.Now), (wait.Kind, earliest));
        bench.Return();
        await bench.PumpAsync();
        Assert.True((await bench.EntryAsync(id)).UnitDate == new DateOnly(2026, 3, 3), "the later mail was to give way");
    }

    [Fact]
    public void L39_StoreTakesNoWrites_WaitsForTheStore()
    {
        var facts = Facts(Entries.Queued()) with { Store = new StoreHealth(StoreStatus.Failing, "the disk is full") };

        Assert.Equal(new Wait(WaitKind.Store, null, "the store takes no writes: the disk is full"), Assert.Single(WaitDecision.Decide(facts)));
    }

    [Fact]
    public async Task L39_DirectionIsGone_WaitsForAConfiguration()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        var model = bench.Door.Relay.Model;
        bench.Replace(model with { Clients = FrozenDictionary<string, ClientModel>.Empty });

        Assert.Equal((WaitKind.Configuration, null), ((await bench.ExplainAsync(id)).Waits[0].Kind, (await bench.ExplainAsync(id)).Earliest));
    }

    [Fact]
    public void L39_NothingInTheWay_LeavesAtOnce()
    {
        var waits = WaitDecision.Decide(Facts(Entries.Queued()) with { Upstreams = [new UpstreamAnswer("a", 1, UpstreamObstacle.None, "", default, null)] });

        Assert.Equal(WaitKind.Nothing, Assert.Single(waits).Kind);
    }

    [Theory]
    [InlineData(EntryState.Leased, WaitKind.Attempt)]
    [InlineData(EntryState.Dead, WaitKind.Operator)]
    [InlineData(EntryState.Failed, WaitKind.Finished)]
    [InlineData(EntryState.Queued, WaitKind.Expiry)]
    public void L39_StateThatNoTimeEnds_HasNone(EntryState state, WaitKind expected)
    {
        var entry = Entries.Queued() with { State = state };

        Assert.Equal((expected, null), (Assert.Single(WaitDecision.Decide(Facts(entry) with { Now = entry.ExpiresAt })).Kind, Until(entry)));

        static DateTimeOffset? Until(QueueEntry entry) => WaitDecision.Earliest(WaitDecision.Decide(Facts(entry) with { Now = entry.ExpiresAt }));
    }

    [Fact]
    public async Task L39_SuppressedRecipient_IsToldAndThenThatItWasDropped()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        await bench.Door.Suppressions.Book.SuppressAsync("acme", Models.Mailbox("two@y.example"), SuppressionReason.OptOut, "a test", bench.Now);

        var wait = Assert.Single((await bench.ExplainAsync(id)).Waits);

        Assert.Equal(WaitKind.Suppression, wait.Kind);
        Assert.StartsWith("its recipient is suppressed for acme: opt-out, since ", wait.Detail);

        var dropped = Entries.Queued() with { State = EntryState.Dropped };
        var told = Assert.Single(WaitDecision.Decide(Facts(dropped) with { Drop = new StoreEvent(bench.Now, StoreEventKind.Drop, "relay", "its recipient is suppressed") }));
        Assert.Equal((WaitKind.Finished, $"dropped by relay at {bench.Now:yyyy-MM-dd HH:mm:ss}Z: its recipient is suppressed"), (told.Kind, told.Detail));
    }

    [Fact]
    public async Task Explain_Upstreams_SayWhyNot()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(
            Models.Pool(Models.Sender(Ann, upstreams: ["a", "b", "c"])) with { Gap = TimeSpan.FromMinutes(8) },
            Models.Upstream("a") with { MaxConnections = 100 }, Models.Upstream("b"), Models.Upstream("c", tier: 2), Models.Upstream("d", tier: 3)));
        bench.Fail("b");
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");

        var answers = (await bench.ExplainAsync(id)).Upstreams;

        Assert.Equal(
            [("a", UpstreamObstacle.None), ("b", UpstreamObstacle.Down), ("c", UpstreamObstacle.LowerTierFirst), ("d", UpstreamObstacle.SenderNotAllowed)],
            answers.Select(answer => (answer.Name, answer.Obstacle)));
    }

    [Fact]
    public async Task Explain_Candidates_AreCountedByWhatKeepsThem()
    {
        var pool = Models.Pool(
            Models.Sender(Ann), Models.Sender(Bob), Models.Sender("off@x.example", weight: 0), Models.Sender("far@x.example", upstreams: "z"),
            Models.Sender("cy@x.example") with { Calendar = Window(12, 13) }, Models.Sender("di@x.example", dailyLimit: 0));
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(pool with { Gap = TimeSpan.FromMinutes(8) }));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptKeptAsync("two@y.example");

        Assert.Equal(
            [
                new(SenderObstacle.NoUpstream, 1), new(SenderObstacle.SwitchedOff, 2), new(SenderObstacle.Window, 1), new(SenderObstacle.Gap, 2),
            ],
            (await bench.ExplainAsync(id)).Candidates);
    }

    [Fact]
    public async Task Explain_Sender_SaysWhyThisOne()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        var first = await bench.AcceptAsync("one@y.example");
        var free = await bench.AcceptAsync("two@y.example");
        var bound = await bench.AcceptAsync("one@y.example");
        var named = await bench.AcceptAsync($"From: {Ann}\r\n\r\nhello\r\n", "three@y.example");

        Assert.Equal(SenderChoice.Free, (await bench.ExplainAsync(free)).Sender.Choice);
        Assert.Equal(SenderChoice.Bound, (await bench.ExplainAsync(bound)).Sender.Choice);
        Assert.Equal(SenderChoice.Named, (await bench.ExplainAsync(named)).Sender.Choice);
        Assert.Equal(SenderChoice.Accepted, (await bench.ExplainAsync(first)).Sender.Choice);
    }

    [Fact]
    public async Task Explain_Twice_ChangesNothing()
    {
        await using var bench = await ExplainBench.OpenAsync(ExplainBench.Model(Paced));
        await bench.AcceptAsync("one@y.example");
        var id = await bench.AcceptAsync("two@y.example");
        var entry = await bench.EntryAsync(id);

        Assert.Equal((await bench.ExplainAsync(id)).Earliest, (await bench.ExplainAsync(id)).Earliest);
        Assert.Equal(entry, await bench.EntryAsync(id));
    }

    private static async Task<(Wait Wait, DateTimeOffset Earliest)> OnlyWaitAsync(ExplainBench bench, long id)
    {
        var explanation = await bench.ExplainAsync(id);
        return (Assert.Single(explanation.Waits), Assert.NotNull(explanation.Earliest));
    }

    private static WaitFacts Facts(QueueEntry entry)
    {
        var model = ExplainBench.Model(Models.Pool(Models.Sender("a@x.example")));
        return new WaitFacts
        {
            Entry = entry,
            Model = model,
            Now = entry.CreatedAt.AddHours(1),
            Store = StoreHealth.Ready,
            Standing = new SenderStanding(entry.UnitDate!.Value, null, ""),
            Turn = new GateOutlook(entry.Due, []),
        };
    }

    // The bench's clock starts at nine.
    private static DateTimeOffset Today(int hour) => new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero).AddHours(hour);

    private static SendCalendar Window(int from, int to, int minutes = 0) =>
        new(new SendWindow(DaysOfWeek.All, new TimeOnly(from, 0), new TimeOnly(to, minutes)), TimeZoneInfo.Utc);
}
