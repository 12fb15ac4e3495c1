using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>What waits, lane by lane.</summary>
public abstract class LaneContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly LaneKey Lane = new("crm", "sales", "a@s.example");

    [Theory]
    [InlineData(EntryState.Queued, true)]
    [InlineData(EntryState.InDoubt, true)]
    [InlineData(EntryState.Leased, false)]
    [InlineData(EntryState.Held, false)]
    [InlineData(EntryState.Dead, false)]
    [InlineData(EntryState.Relayed, false)]
    public async Task ReadLane_State_IsFoundOnlyIfItWaits(EntryState state, bool found)
    {
        await MakeAsync(state);
        Pass(TimeSpan.FromHours(1));

        Assert.Equal(found, (await ReadAsync(Lane)).Entries.Length == 1);
        Assert.Equal(found, (await Store.ReadLanesAsync(CancellationToken.None)).Length == 1);
    }

    [Theory]
    [InlineData("crm", "other", "a@s.example")]
    [InlineData("other", "sales", "a@s.example")]
    [InlineData("crm", "sales", "b@s.example")]
    [InlineData("crm", "sales", null)]
    public async Task ReadLane_AnotherLane_FindsNothing(string client, string direction, string? sender)
    {
        await AcceptOneAsync();

        Assert.Equal(new LanePage([], false, null), await ReadAsync(new LaneKey(client, direction, sender)));
    }

    [Fact]
    public async Task ReadLane_NoSender_FindsWhatIsUnassigned()
    {
        var entry = (await AcceptAsync(Request(Group([], Draft("jane@example.com"))))).Entries[0];

        Assert.Equal(entry.Id, Assert.Single((await ReadAsync(Lane with { Sender = null })).Entries).Id);
    }

    [Fact]
    public async Task L24_ReadLane_FollowUpsLeaveFirstThenPriorityThenArrival()
    {
        var expected = new List<(EntryRank Rank, string Recipient)>();
        foreach (var rank in (EntryRank[])[EntryRank.First, EntryRank.FirstLow, EntryRank.FollowUp, EntryRank.FirstHigh, EntryRank.First, EntryRank.FollowUpHigh])
        {
            var recipient = $"to{expected.Count}@example.com";
            await AcceptRankedAsync(recipient, rank);
            expected.Add((rank, recipient));
        }

        var found = (await ReadAsync(Lane)).Entries.Select(entry => (entry.Rank, entry.Recipient));

        Assert.Equal(expected.OrderBy(entry => entry.Rank).ThenBy(entry => entry.Recipient, StringComparer.Ordinal), found);
    }

    [Fact]
    public async Task ReadLane_Limit_SaysThatThereIsMore()
    {
        for (var i = 0; i < 3; i++)
            await AcceptRankedAsync($"to{i}@example.com", i == 0 ? EntryRank.FollowUp : EntryRank.First);

        var two = await ReadAsync(Lane, 2);
        var three = await ReadAsync(Lane, 3);

        Assert.Equal((2, true), (two.Entries.Length, two.HasMore));
        Assert.Equal((3, false), (three.Entries.Length, three.HasMore));
    }

    [Fact]
    public async Task ReadLane_EntriesDueLater_SaysWhenTheNextIs()
    {
        var now = Time.GetUtcNow();
        await AcceptDueAsync("one@example.com", now);
        await AcceptDueAsync("two@example.com", now.AddMinutes(9));
        await AcceptDueAsync("three@example.com", now.AddMinutes(3));

        var page = await ReadAsync(Lane);

        Assert.Equal(("one@example.com", now.AddMinutes(3)), (Assert.Single(page.Entries).Recipient, page.NextDue));
        Assert.Equal(now, Assert.Single(await Store.ReadLanesAsync(CancellationToken.None)).Due);
    }

    [Fact]
    public async Task ReadLane_AfterAnAttempt_IsOfTheRankThatNoGapHolds()
    {
        var entry = await MakeAsync(EntryState.Queued);
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Queued);
        Pass(TimeSpan.FromHours(1));

        Assert.Equal(EntryRank.Tried, Assert.Single((await ReadAsync(Lane)).Entries).Rank);
        Assert.Empty((await Store.ReadLaneAsync(Lane, EntryRank.FollowUpHigh, EntryRank.FirstLow, Time.GetUtcNow(), 9, CancellationToken.None)).Entries);
    }

    [Fact]
    public async Task ReadLatest_FirstMailsOfADate_GivesTheLastToArriveOfTheLowestRank()
    {
        await AcceptRankedAsync("follow@example.com", EntryRank.FollowUp);
        await AcceptRankedAsync("low@example.com", EntryRank.FirstLow);
        await AcceptRankedAsync("early@example.com", EntryRank.First);
        await AcceptRankedAsync("late@example.com", EntryRank.First);

        var latest = await Store.ReadLatestAsync(Lane, Today, 9, CancellationToken.None);

        Assert.Equal(["low@example.com", "late@example.com", "early@example.com"], latest.Select(entry => entry.Recipient));
        Assert.Empty(await Store.ReadLatestAsync(Lane, Today.AddDays(1), 9, CancellationToken.None));
    }

    [Fact]
    public async Task Accept_FollowUpWhileTheFirstMailStillWaits_DoesNotOvertakeIt()
    {
        await AcceptRankedAsync("jane@example.com", EntryRank.First, sticky: true);

        var second = await AcceptRankedAsync("jane@example.com", EntryRank.FollowUp, sticky: true, known: "a@s.example");

        Assert.Equal(EntryRank.First, second.Rank);
    }

    [Fact]
    public async Task Lease_OfTheMailThatFollowUpsWaitedBehind_MakesTheNextAFollowUp()
    {
        var first = await AcceptRankedAsync("jane@example.com", EntryRank.First, sticky: true);
        var second = await AcceptRankedAsync("jane@example.com", EntryRank.FollowUpHigh, sticky: true, known: "a@s.example");
        var third = await AcceptRankedAsync("jane@example.com", EntryRank.FollowUp, sticky: true, known: "a@s.example");
        var other = await AcceptRankedAsync("joe@example.com", EntryRank.First, sticky: true);

        await LeaseAsync(first.Id, 0);

        Assert.Equal(EntryRank.FollowUpHigh, (await ReadAsync(second.Id)).Rank);
        Assert.Equal((EntryRank.First, EntryRank.First), ((await ReadAsync(third.Id)).Rank, (await ReadAsync(other.Id)).Rank));
    }

    [Fact]
    public async Task Lease_OfASenderToWhichTheRecipientIsNotBound_RaisesNothing()
    {
        var first = await AcceptRankedAsync("jane@example.com", EntryRank.First);
        var second = await AcceptRankedAsync("jane@example.com", EntryRank.First);

        await LeaseAsync(first.Id, 0);

        Assert.Equal(EntryRank.First, (await ReadAsync(second.Id)).Rank);
    }

    [Fact]
    public async Task Accept_FollowUpAfterTheFirstMailLeft_IsRankedAsOne()
    {
        var first = await AcceptRankedAsync("jane@example.com", EntryRank.First, sticky: true);
        await LeaseAsync(first.Id, 0);

        var second = await AcceptRankedAsync("jane@example.com", EntryRank.FollowUp, sticky: true, known: "a@s.example");

        Assert.Equal(EntryRank.FollowUp, second.Rank);
    }

    [Fact]
    public async Task Lease_FirstOnItsUnit_CountsItOnceAsSent()
    {
        var entry = await AcceptOneAsync();
        var sent = new CounterKey(CounterScope.Sent, "a@s.example", Today);

        await LeaseSentAsync(entry.Id, 0, sent);
        await SettleAsync(entry.Id, 1, EntryState.Queued);
        Pass(TimeSpan.FromHours(1));
        await LeaseSentAsync(entry.Id, 1, sent);

        Assert.Equal(1, await CountAsync(sent));
        Assert.True((await ReadAsync(entry.Id)).UnitUsed);
    }

    [Fact]
    public async Task Lease_ClaimOfAFullCounter_TakesNothing()
    {
        var (first, second) = (await AcceptOneAsync(), await AcceptOneAsync("joe@example.com"));
        var hour = new CounterKey(CounterScope.DomainHour, "s.example 08h", Today);
        var request = new LeaseRequest(first.Id, 0, "sendgrid", "key1", "c", "f"u8.ToArray(), TimeSpan.FromMinutes(10)) { Claims = [new CounterClaim(hour, 1, long.MaxValue)] };

        Assert.Equal(LeaseOutcome.Leased, (await Store.LeaseAsync(request)).Outcome);
        Assert.Equal(LeaseOutcome.Full, (await Store.LeaseAsync(request with { EntryId = second.Id })).Outcome);

        Assert.Equal((EntryState.Queued, 0), ((await ReadAsync(second.Id)).State, (await ReadAsync(second.Id)).Epoch));
        Assert.Equal(1, await CountAsync(hour));
    }

    [Fact]
    public async Task Settle_WithCounts_AddsThemInTheSameCommit()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        var outcomes = new CounterKey(CounterScope.Outcomes, "a@s.example", Today);

        await Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = 1,
            State = EntryState.Relayed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "",
            Count = [outcomes],
        });

        Assert.Equal(1, await CountAsync(outcomes));
    }

    [Fact]
    public async Task Senders_LastSentAndCondition_AreKept()
    {
        var entry = await AcceptOneAsync();
        await LeaseSentAsync(entry.Id, 0, new CounterKey(CounterScope.Sent, "a@s.example", Today), resumed: Today);
        var paused = new SenderCondition(
            SenderStatus.Paused, Time.GetUtcNow(), Time.GetUtcNow().AddDays(1), 2, "3 of 20", new OperatorPause(Time.GetUtcNow(), null, "on leave", "ann"))
        {
            Start = new SampleStart(Today, 50, 3, -1),
            LastPause = Time.GetUtcNow(),
            PauseBefore = Time.GetUtcNow().AddDays(-9),
        };

        Assert.True(await Store.SaveConditionAsync("a@s.example", paused));
        Assert.True(await Store.SaveConditionAsync("s.example", SenderCondition.Healthy));
        await ReopenAsync();

        var records = await Store.ReadSendersAsync(CancellationToken.None);
        Assert.Equal(new SenderRecord("a@s.example", Time.GetUtcNow(), Today, paused), records.Single(record => record.Name == "a@s.example"));
        Assert.Equal(new SenderRecord("s.example", null, null, SenderCondition.Healthy), records.Single(record => record.Name == "s.example"));
    }

    [Fact]
    public async Task W18_ThreadSender_FindsByTheSentIdAndByTheClients()
    {
        var entry = await MakeAsync(EntryState.Relayed);

        Assert.Equal("a@s.example", await ThreadAsync("crm", $"{entry.Id}@s.example"));
        Assert.Equal("a@s.example", await ThreadAsync("crm", "unknown@example.com", "1@client.example"));
        Assert.Null(await ThreadAsync("crm", "unknown@example.com"));
        Assert.Null(await ThreadAsync("other", "1@client.example"));
    }

    [Fact]
    public async Task W20_ThreadSender_OutlivesItsEntry()
    {
        var entry = await MakeAsync(EntryState.Relayed);
        Pass(TimeSpan.FromDays(60));
        await Store.PurgeAsync(TimeSpan.FromDays(30), 100);
        Assert.Null(await Store.LoadAsync(entry.Id, CancellationToken.None));

        Assert.Equal("a@s.example", await ThreadAsync("crm", "1@client.example"));
    }

    [Fact]
    public async Task L19_Purge_RecipientsWithoutTrafficForHalfAYear_AreForgottenAndOthersStay()
    {
        await MakeAsync(EntryState.Relayed, "gone@example.com");
        await AcceptStickyAsync("kept@example.com", known: null);
        Pass(TimeSpan.FromDays(100));
        await AcceptStickyAsync("kept@example.com", known: "a@s.example");
        Pass(TimeSpan.FromDays(100));

        for (var i = 0; i < 3; i++)
            await Store.PurgeAsync(TimeSpan.FromDays(30), 100);

        Assert.Equal("a@s.example", await Store.ReadAssignmentAsync("crm", "kept@example.com", CancellationToken.None));
        Assert.Null(await ThreadAsync("crm", "1@client.example"));
        Pass(TimeSpan.FromDays(200));
        await Store.SweepAsync(100, GiveBack);
        Pass(TimeSpan.FromDays(40));
        for (var i = 0; i < 3; i++)
            await Store.PurgeAsync(TimeSpan.FromDays(30), 100);
        Assert.Null(await Store.ReadAssignmentAsync("crm", "kept@example.com", CancellationToken.None));
    }

    [Theory]
    [InlineData(EntryActionKind.Hold)]
    [InlineData(EntryActionKind.Bury)]
    public async Task L8_HeldOrBuried_GivesItsUnitBack(EntryActionKind kind)
    {
        var entry = await AcceptOneAsync();

        await ApplyAsync(kind, entry.Id);

        Assert.Equal(0, await UsedAsync("a@s.example"));
        Assert.Null((await ReadAsync(entry.Id)).UnitDate);
    }

    [Fact]
    public async Task L8_InDoubtAndHeld_KeepsItsUnit()
    {
        var entry = await MakeAsync(EntryState.InDoubt);

        await ApplyAsync(EntryActionKind.Hold, entry.Id);

        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    private ValueTask<LanePage> ReadAsync(LaneKey lane, int limit = 10) =>
        Store.ReadLaneAsync(lane, EntryRank.Tried, EntryRank.FirstLow, Time.GetUtcNow(), limit, CancellationToken.None);

    private async Task<string?> ThreadAsync(string client, params string[] ids) => await Store.ReadThreadSenderAsync(client, [.. ids], CancellationToken.None);

    private async Task<QueueEntry> AcceptRankedAsync(string recipient, EntryRank rank, bool sticky = false, string? known = null) =>
        (await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft(recipient, sticky: sticky, known: known) with { Rank = rank })))).Entries[0];

    private Task<AcceptResult.Accepted> AcceptStickyAsync(string recipient, string? known) =>
        AcceptAsync(Request(Group([Candidate("a@s.example")], Draft(recipient, sticky: true, known: known))));

    private async Task AcceptDueAsync(string recipient, DateTimeOffset due) =>
        await AcceptAsync(Request(Group([Candidate("a@s.example") with { Due = due }], Draft(recipient))));

    private ValueTask<LeaseResult> LeaseSentAsync(long id, int epoch, CounterKey sent, DateOnly? resumed = null) => Store.LeaseAsync(
        new LeaseRequest(id, epoch, "sendgrid", "key1", "corr" + epoch, "frozen"u8.ToArray(), TimeSpan.FromMinutes(10)) { Sent = new SentMark(sent, resumed) });

    private async Task<long> CountAsync(CounterKey key) =>
        (await Store.ReadCountersAsync(Today, CancellationToken.None)).SingleOrDefault(counter => counter.Key == key).Used;
}
