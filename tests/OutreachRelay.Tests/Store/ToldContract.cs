using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>How far clients were told, what was given up, and that each failure is notified of once.</summary>
public abstract class ToldContract(StoreHarness harness) : StoreContract(harness)
{
    [Fact]
    public async Task Open_NeverTold_BeginsAtTheEndAndStaysThereOverARestart()
    {
        await MakeAsync(EntryState.Dropped);
        var end = (await EventsAsync())[^1].Id;

        Assert.Equal(end, await Store.OpenToldAsync("crm", ToldBy.Hook));
        await MakeAsync(EntryState.Dropped, "joe@example.com");
        await ReopenAsync();

        Assert.Equal(end, await Store.OpenToldAsync("crm", ToldBy.Hook));
        Assert.Equal([("crm", ToldBy.Hook)], await Store.ReadToldAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Save_OneWay_LeavesTheOtherAndCloseForgets()
    {
        await Store.OpenToldAsync("crm", ToldBy.Hook);
        await Store.OpenToldAsync("crm", ToldBy.Dsn);
        await MakeAsync(EntryState.Dropped);
        var last = (await EventsAsync())[^1].Id;

        Assert.True(await Store.SaveToldAsync("crm", ToldBy.Hook, last));

        Assert.Equal((last, 0), (await Store.OpenToldAsync("crm", ToldBy.Hook), await Store.OpenToldAsync("crm", ToldBy.Dsn)));
        Assert.True(await Store.CloseToldAsync("crm", ToldBy.Dsn));
        Assert.Equal(last, await Store.OpenToldAsync("crm", ToldBy.Dsn));
    }

    [Fact]
    public async Task Open_BeyondTheEndOfARestoredStore_GoesBackToItsEnd()
    {
        await Store.OpenToldAsync("crm", ToldBy.Hook);
        await Store.SaveToldAsync("crm", ToldBy.Hook, 1000);

        Assert.Equal(0, await Store.OpenToldAsync("crm", ToldBy.Hook));
    }

    [Fact]
    public async Task Settle_RefusedForGood_IsAnEventWithTheReply()
    {
        var entry = await MakeAsync(EntryState.Failed);

        var listed = Assert.Single(await EventsAsync());
        Assert.Equal((StoreEventKind.Fail, 250, "2.0.0 ok", entry.Id), (listed.Event.Kind, listed.Event.Code, listed.Event.Reason, listed.EntryId));
        Assert.Equal(new EventMail(entry.Id, "sales", "a@s.example", "sendgrid", "1@client.example", EntryState.Failed), listed.Mail);
    }

    [Fact]
    public async Task Settle_RelayedAfterABounceCameFirst_FailsWithAnEventOfItsOwn()
    {
        Store.Judge = static (entry, heard) => new OutcomeRuling(
            entry.State == EntryState.Leased ? EntryState.Leased : EntryState.Failed, new EntryOutcome(heard.Kind, heard.Time, OutcomeCounts.None), []);
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await Store.RecordAsync([Bounce() with { Correlation = "corr0" }]);

        await SettleAsync(entry.Id, 1, EntryState.Relayed);

        Assert.Equal([StoreEventKind.BouncedHard, StoreEventKind.Fail], (await EventsAsync()).Select(static listed => listed.Event.Kind));
    }

    [Fact]
    public async Task Match_EventThatWasPassedWhileItBelongedToNobody_ComesAgainAtTheEnd()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await Store.RecordAsync([Bounce() with { ProviderId = "0102018f-abc-000000" }]);
        var passed = (await EventsAsync())[^1].Id;
        await Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = 1,
            State = EntryState.Relayed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "Ok",
            SentMessageId = "m@s.example",
            ProviderId = "0102018f-abc-000000",
        });

        await Store.MatchAsync(10);

        var listed = Assert.Single(await EventsAsync());
        Assert.True(listed.Id > passed);
        Assert.Equal(("crm", entry.Id), (listed.Client, listed.EntryId));
        Assert.Equal(RecordedAs.Repetition, (await Store.RecordAsync([Bounce()]))!.Value[0].As);
    }

    [Fact]
    public async Task Purge_OfTheLastEvent_DoesNotGiveItsIdAgain()
    {
        await MakeAsync(EntryState.Failed);
        var last = (await EventsAsync())[^1].Id;
        Pass(TimeSpan.FromDays(40));
        await Store.PurgeAsync(TimeSpan.FromDays(30), 100);
        Assert.DoesNotContain(await EventsAsync(), static listed => listed.Client is not null || listed.Recipient is not null);

        await MakeAsync(EntryState.Failed, "joe@example.com");

        Assert.True((await EventsAsync())[^1].Id > last);
        await Store.DropUnmatchedAsync(TimeSpan.FromMinutes(15), TimeSpan.FromDays(7), 100);
        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task GiveUp_OneAfterTheOther_IsOneStretchAndGoesOnBehindIt()
    {
        await Store.OpenToldAsync("crm", ToldBy.Hook);
        await Store.GiveUpAsync("crm", 0, 5, 3, "no answer");
        await Store.GiveUpAsync("crm", 5, 9, 2, "answered 410");
        await Store.GiveUpAsync("other", 9, 12, 1, "answered 410");
        await ReopenAsync();

        var untold = await Store.ReadUntoldAsync("crm", CancellationToken.None);

        var one = Assert.Single(untold);
        Assert.Equal((0, 9, 5, "answered 410", false), (one.After, one.Last, one.Events, one.Reason, one.Again));
        Assert.Equal(2, (await Store.ReadUntoldAsync(null, CancellationToken.None)).Length);
        Assert.Empty(await Store.ReadUntoldAsync("nobody", CancellationToken.None));
    }

    [Fact]
    public async Task ChangeUntold_AgainAdvanceFailAndDrop_DoWhatTheySay()
    {
        foreach (var at in (long[])[0, 10, 20])
            await Store.GiveUpAsync("crm", at, at + 5, 5, "no answer");
        var ids = (await UntoldAsync()).Select(static one => one.Id).ToArray();

        Assert.Equal([ids[0], ids[1]], await Store.ChangeUntoldAsync(new UntoldChange.Again([ids[0], ids[1], 99])));
        await Store.ChangeUntoldAsync(new UntoldChange.Advance(ids[0], 3));
        await Store.ChangeUntoldAsync(new UntoldChange.Fail(ids[1], "still away"));
        Assert.Equal([(3, true, "no answer"), (10, false, "still away"), (20, false, "no answer")], (await UntoldAsync()).Select(static one => (one.After, one.Again, one.Reason)));

        await Store.ChangeUntoldAsync(new UntoldChange.Advance(ids[0], 5));
        Assert.Equal([ids[1]], await Store.ChangeUntoldAsync(new UntoldChange.Drop([ids[1]])));
        Assert.Equal([ids[2]], (await UntoldAsync()).Select(static one => one.Id));
        Assert.Equal([ids[2]], await Store.ChangeUntoldAsync(new UntoldChange.Drop([])));
    }

    [Fact]
    public async Task Accept_NotificationOfOneFailureInParallel_IsTakenOnce()
    {
        var failed = await MakeAsync(EntryState.Failed);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () => await Store.AcceptAsync(Notice(failed.Id)))));

        var accepted = Assert.Single(results.OfType<AcceptResult.Accepted>());
        Assert.Equal(9, results.OfType<AcceptResult.Duplicate>().Count(duplicate => duplicate.Id == failed.Id));
        var noted = (await Store.ReadEventsAsync(failed.Id, CancellationToken.None))[^1];
        Assert.Equal((StoreEventKind.Notify, "DSN queued as " + QueueId.Format(accepted.Message.Id)), (noted.Kind, noted.Reason));
        await ReopenAsync();
        Assert.IsType<AcceptResult.Duplicate>(await Store.AcceptAsync(Notice(failed.Id)));
    }

    [Theory]
    [InlineData(EntryState.Queued)]
    [InlineData(EntryState.Relayed)]
    [InlineData(EntryState.Dropped)]
    public async Task Accept_NotificationOfWhatHasNotFailed_IsNotTaken(EntryState state)
    {
        var entry = await MakeAsync(state);

        Assert.IsType<AcceptResult.Duplicate>(await Store.AcceptAsync(Notice(entry.Id)));
        Assert.IsType<AcceptResult.Duplicate>(await Store.AcceptAsync(Notice(4711)));
    }

    private AcceptRequest Notice(long about) =>
        Request(Group([Candidate("daemon@s.example")], Draft("crm@client.example"))) with { ReversePath = null, OriginalMessageId = null, Notifies = about };

    private async Task<IReadOnlyList<Untold>> UntoldAsync() => await Store.ReadUntoldAsync(null, CancellationToken.None);

    private async Task<IReadOnlyList<ListedEvent>> EventsAsync() => (await Store.ListEventsAsync(new EventFilter(), CancellationToken.None)).Events;

    private OutcomeEvent Bounce() => new()
    {
        Kind = OutcomeKind.BouncedHard,
        Time = Time.GetUtcNow().AddMinutes(-1),
        Upstream = "sendgrid",
        DedupKey = "1",
        Recipient = "jane@example.com",
    };
}
