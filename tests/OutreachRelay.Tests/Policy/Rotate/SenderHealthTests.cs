using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Outcome;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Tests.Receive;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Policy.Rotate;

/// <summary>Sender health from the outcomes on disk to the mail that waits, over a real store, schedule and feed; the test is the worker.</summary>
public sealed class SenderHealthTests : IAsyncDisposable
{
    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private Door _door = null!;
    private Task _feed = Task.CompletedTask;

    [Fact]
    public async Task L26_PausedSender_ComesBackOverATrialAndIsPausedForLongerWhenItFails()
    {
        await StartAsync(Models.Sender("ann@x.example", dailyLimit: 30));
        await AcceptAsync(25);
        await SendAsync(17, SenderOutcome.Relayed);
        await SendAsync(3, SenderOutcome.HardBounce);

        Assert.Equal("3 of 20 bounced or were blocked in 7 days, limit 10 %", _door.Parts.Rotation.Standing(_door.Relay.Model, "ann@x.example")?.PauseReason);
        await RestartAsync();
        Advance(TimeSpan.FromDays(1) - TimeSpan.FromMinutes(1));
        Assert.Equal(SenderStatus.Paused, Status());

        // The trial: its own waiting mail, three a day at most.
        Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(SenderStatus.Trial, Status());
        await UntilStartedAsync(3);
        Assert.Equal(2, (await _door.AllEntriesAsync()).Count(entry => entry.UnitDate > new DateOnly(2026, 3, 3)));

        await SendAsync(1, SenderOutcome.Relayed);
        Assert.Equal(SenderStatus.Trial, Status());
        await SendAsync(2, SenderOutcome.Blocked);
        Assert.Equal(SenderStatus.Paused, Status());
        Advance(TimeSpan.FromDays(2) - TimeSpan.FromMinutes(1));
        Assert.Equal(SenderStatus.Paused, Status());
        Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(SenderStatus.Trial, Status());
    }

    [Fact]
    public async Task L26_PassedTrial_GivesBackTheFullCap()
    {
        await StartAsync(Models.Sender("ann@x.example", dailyLimit: 400));
        await AcceptAsync(45);
        await SendAsync(20, SenderOutcome.Blocked, until: SenderStatus.Paused);
        Advance(TimeSpan.FromDays(1));
        Assert.Equal(40, Cap());

        await SendAsync(20, SenderOutcome.Relayed);

        Assert.Equal((SenderStatus.Healthy, 400), (Status(), Cap()));
    }

    [Fact]
    public async Task L29_StickySenderPausedTooLong_AnotherTakesOverWithAnEvent()
    {
        var followUp = await FollowUpOfPausedAnnAsync();
        Advance(TimeSpan.FromHours(24));

        await UntilStartedAsync(1);

        Assert.Equal("bob@x.example", _door.Started.First().Entry.Sender);
        Assert.Contains(
            await _door.Store.ReadEventsAsync(followUp, CancellationToken.None),
            done => done.Reason == "its sender is paused too long, another goes on with the thread: on leave");
    }

    [Fact]
    public async Task L29_StickySenderReturnsInTime_KeepsItsThread()
    {
        await FollowUpOfPausedAnnAsync();
        Advance(TimeSpan.FromHours(23));
        await _door.Health.ResumeAsync("ann@x.example", "test");

        await UntilStartedAsync(1);

        Assert.Equal("ann@x.example", _door.Started.First().Entry.Sender);
    }

    [Fact]
    public async Task L13_AllPaused_MailWaitsForTheFirstThatReturns()
    {
        await StartAsync(Models.Sender("ann@x.example"), Models.Sender("bob@x.example"));
        await _door.Health.PauseAsync("x.example", _time.GetUtcNow().AddHours(2), "moving house", "test");
        var entry = Assert.Single(await _door.AcceptAsync(Submissions.Plain, "to@y.example"));
        Assert.Null(entry.Sender);
        Assert.Equal([new PoolStanding("pool", 2, 2, false)], Pools());
        Assert.Equal(new GateAnswer(GateState.Paused, _time.GetUtcNow().AddHours(2)), _door.Parts.Gates.Ask(_door.Relay.Model, "ann@x.example"));

        Advance(TimeSpan.FromHours(2));

        await UntilStartedAsync(1);
        Assert.Equal([new PoolStanding("pool", 2, 0, true)], Pools());
    }

    [Fact]
    public async Task Observe_SendersOfADomain_PauseItTogether()
    {
        await StartAsync([.. Enumerable.Range(0, 10).Select(n => Models.Sender($"s{n}@x.example"))]);
        await AcceptAsync(100);
        await SendAsync(88, SenderOutcome.Relayed);
        await SendAsync(11, SenderOutcome.HardBounce);
        Assert.Equal([10, 0, 0, 0], _door.Health.Count(domains: false));
        Assert.Equal([1, 0, 0, 0], _door.Health.Count(domains: true));

        await SendAsync(1, SenderOutcome.HardBounce);

        Assert.Equal([0, 0, 1, 0], _door.Health.Count(domains: true));
        Assert.Equal([0, 0, 10, 0], _door.Health.Count(domains: false));
    }

    [Fact]
    public async Task Start_OutcomesCountedButNotJudgedBeforeTheEnd_AreJudged()
    {
        await StartAsync(Models.Sender("ann@x.example"));
        await AcceptAsync(20);
        _door.Ledger.OutcomesCounted = null;
        await SendAsync(20, SenderOutcome.Blocked);
        Assert.Equal(SenderStatus.Healthy, Status());

        await RestartAsync();

        Assert.Equal(SenderStatus.Paused, Status());
    }

    [Fact]
    public async Task Resume_PausedByHealthAndOperator_ClearsBothAndTheOldSamples()
    {
        await StartAsync(Models.Sender("ann@x.example"));
        await AcceptAsync(25);
        await SendAsync(20, SenderOutcome.Blocked, until: SenderStatus.Paused);
        await _door.Health.PauseAsync("ann@x.example", null, "look at it", "test");

        Assert.Equal(HealthChange.Kept, await _door.Health.ResumeAsync("ann@x.example", "test"));
        await SendAsync(1, SenderOutcome.Blocked);

        Assert.Equal(SenderStatus.Healthy, Status());
        await RestartAsync();
        Assert.Equal(SenderStatus.Healthy, Status());
    }

    [Theory]
    [InlineData("eve@x.example")]
    [InlineData("y.example")]
    [InlineData("")]
    public async Task Pause_NameOfNobody_IsUnknown(string name)
    {
        await StartAsync(Models.Sender("ann@x.example"));

        Assert.Equal(HealthChange.Unknown, await _door.Health.PauseAsync(name, null, "why", "test"));
        Assert.Empty(await _door.Store.ReadSendersAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Pause_StoreTakesNothing_IsInForceAndKeptWhenItWorksAgain()
    {
        var isFailing = true;
        await StartAsync([Models.Sender("ann@x.example")], options => options with { BeforeCommit = () => ThrowIf(isFailing) });

        Assert.Equal(HealthChange.NotKeptYet, await _door.Health.PauseAsync("ann@x.example", null, "why", "test"));
        Assert.Equal(SenderStatus.Paused, Status());
        isFailing = false;

        await Eventually.TrueAsync(() => _door.Store.Health.CanWrite, () => _time.Advance(TimeSpan.FromSeconds(1)));
        await Eventually.TrueAsync(() => _door.Store.ReadSendersAsync(CancellationToken.None).AsTask().Result is [{ Condition.Operator.Reason: "why" }], _door.Health.Tick);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _feed;
        await _door.DisposeAsync();
        _stop.Dispose();
    }

    private static void ThrowIf(bool isFailing)
    {
        if (isFailing)
            throw new IOException("disk full");
    }

    private Task StartAsync(params SenderModel[] senders) => StartAsync(senders, options => options);

    private async Task StartAsync(SenderModel[] senders, Func<OutreachRelay.Store.Sqlite.SqliteStoreOptions, OutreachRelay.Store.Sqlite.SqliteStoreOptions> configure)
    {
        var upstream = Models.Upstream("a") with { MaxConnections = 1000 };
        _door = await Door.OpenAsync(Models.Relay(Models.Client(Models.Direction(Models.Pool(senders), upstream))), _time, configure);
        StartFeed();
    }

    private async Task RestartAsync()
    {
        _door.Started.Clear();
        await _door.RestartAsync();
        StartFeed();
    }

    // After a restart the feed of the time before reads a closed store, until the test ends.
    private void StartFeed()
    {
        var feed = new QueueFeed(
            _door.Store, _door.Schedule, _door.Relay, _door.Parts.Rotation, _door.Parts.Due, _time, NullLogger<QueueFeed>.Instance);
        _feed = Task.WhenAll(_feed, Task.Run(() => feed.RunAsync(_stop.Token)));
    }

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        _door.Health.Tick();
    }

    private IEnumerable<PoolStanding> Pools() => new PoolView(_door.Ledger, _door.Parts.Rotation, _time).Look(_door.Relay.Model);

    private SenderStatus Status() => _door.Ledger.Senders.Find("ann@x.example")!.Status;

    private long Cap()
    {
        lock (_door.Ledger.Gate)
        {
            var member = _door.Parts.Rotation.MemberNeedsLock(_door.Relay.Model, "ann@x.example")!;
            var today = member.Today(_time.GetUtcNow());
            return SenderCap.Of(member.Model, member.State, today, today);
        }
    }

    private async Task AcceptAsync(int count)
    {
        for (var n = 1; n <= count; n++)
            await _door.AcceptAsync(Submissions.Plain, $"to{n}@y.example");
    }

    /// <summary>Ann has written to the recipient before, and is paused when the next mail comes; Bob is well.</summary>
    private async Task<long> FollowUpOfPausedAnnAsync()
    {
        await StartAsync(Models.Sender("ann@x.example"), Models.Sender("bob@x.example"));
        await _door.Health.PauseAsync("bob@x.example", null, "not yet", "test");
        await AcceptAsync(1);
        await SendAsync(1, SenderOutcome.Relayed);
        await _door.Health.ResumeAsync("bob@x.example", "test");
        await _door.Health.PauseAsync("ann@x.example", null, "on leave", "test");
        var followUp = Assert.Single(await _door.AcceptAsync(Submissions.Plain.Replace("hello\r\n\r\n", "again\r\n\r\n"), "to1@y.example"));
        Assert.Equal("ann@x.example", followUp.Sender);
        return followUp.Id;
    }

    private Task UntilStartedAsync(int count) => Eventually.TrueAsync(() => _door.Started.Count >= count);

    private async Task SendAsync(int count, SenderOutcome outcome, SenderStatus? until = null)
    {
        for (var n = 0; n < count && (until is null || Status() != until);)
        {
            await UntilStartedAsync(1);
            Assert.True(_door.Started.TryDequeue(out var ready));
            n += await SendAsync(ready, outcome) ? 1 : 0;
        }
    }

    /// <returns>False when it was sent before: the feed may read an entry in the moment before it is settled, and have it tried once more.</returns>
    private async Task<bool> SendAsync(ReadyEntry ready, SenderOutcome outcome)
    {
        var (model, entry) = (_door.Relay.Model, ready.Entry);
        var terms = _door.Parts.Gates.Terms(model, entry);
        var lease = await _door.Store.LeaseAsync(new LeaseRequest(entry.Id, entry.Epoch, "a", "main", "c1", new byte[1], TimeSpan.FromMinutes(5)) { Claims = terms.Claims, Sent = terms.Sent });
        if (lease.Outcome == LeaseOutcome.Gone)
        {
            _door.Schedule.Finished(ready);
            return false;
        }
        Assert.Equal(LeaseOutcome.Leased, lease.Outcome);
        var isRelayed = outcome == SenderOutcome.Relayed;
        await _door.Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = lease.Epoch,
            State = isRelayed ? EntryState.Relayed : EntryState.Failed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = isRelayed ? 250 : 550,
            Reply = "",
            Count = SenderOutcomes.Counters(SenderOutcomes.CountsOf(outcome), entry, _door.Relay.Model, _door.Parts.Rotation, _time.GetUtcNow(), isBlocked: false),
        });
        _door.Schedule.Finished(ready);
        return true;
    }
}
