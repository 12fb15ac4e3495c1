using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class SweepContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    [Theory]
    [InlineData(EntryState.Queued, 0)]
    [InlineData(EntryState.Held, 0)]
    [InlineData(EntryState.Dead, 0)]
    [InlineData(EntryState.InDoubt, 1)]
    public async Task S45_ExpiryWhileUnfinished_EndsTheEntryWithOneEvent(EntryState state, long unitsLeft)
    {
        var entry = await MakeAsync(state);
        Pass(TimeSpan.FromDays(3));

        Assert.Single(await Store.SweepAsync(10, GiveBack));
        Assert.Empty(await Store.SweepAsync(10, GiveBack));

        Assert.Equal(EntryState.Expired, (await ReadAsync(entry.Id)).State);
        Assert.Single(await Store.ReadEventsAsync(entry.Id, CancellationToken.None), found => found.Kind == StoreEventKind.Expire);
        Assert.Equal(unitsLeft, await UsedAsync("a@s.example"));
        Assert.Equal(default, Store.Counts);
    }

    [Fact]
    public async Task S26_ExpiryBeforeTheScheduleIsUsedUp_EndsTheEntry()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        Pass(TimeSpan.FromDays(3) - TimeSpan.FromMinutes(1));
        await SettleAsync(entry.Id, 1, EntryState.Queued);
        Pass(TimeSpan.FromMinutes(1));

        await Store.SweepAsync(10, GiveBack);

        var after = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.Expired, "2.0.0 ok"), (after.State, after.LastReply));
    }

    [Fact]
    public async Task S45_ExpiryWhileWaitingForASlot_EndsTheEntryWithOneEvent()
    {
        var entry = (await AcceptAsync(Request(Group([], Draft("jane@example.com"))))).Entries[0];
        Pass(TimeSpan.FromDays(3));

        var swept = Assert.Single(await Store.SweepAsync(10, GiveBack));

        Assert.Equal((entry.Id, EntryState.Expired), (swept.Id, swept.State));
        Assert.Single(await Store.ReadEventsAsync(entry.Id, CancellationToken.None), found => found.Kind == StoreEventKind.Expire);
    }

    [Fact]
    public async Task S45_LeaseWithoutAHolder_EndsInDoubt()
    {
        var entry = await MakeAsync(EntryState.Leased);
        Pass(TimeSpan.FromMinutes(10));

        var swept = Assert.Single(await Store.SweepAsync(10, GiveBack));

        Assert.Equal((entry.Id, EntryState.InDoubt, Time.GetUtcNow().AddMinutes(15)), (swept.Id, swept.State, swept.Due));
    }

    [Fact]
    public async Task S45_ExpiryWhileLeased_ComesAfterTheLeaseAndItsDoubt()
    {
        var entry = await MakeAsync(EntryState.Leased);
        await Store.RenewAsync(entry.Id, 1, TimeSpan.FromDays(4));
        Pass(TimeSpan.FromDays(3));
        Assert.Empty(await Store.SweepAsync(10, GiveBack));
        Pass(TimeSpan.FromDays(1));

        Assert.Equal(2, (await Store.SweepAsync(10, GiveBack)).Length);

        Assert.Equal(EntryState.Expired, (await ReadAsync(entry.Id)).State);
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task Sweep_MoreThanTheLimit_GoesOnWithTheNextCall()
    {
        for (var i = 0; i < 5; i++)
            await AcceptOneAsync($"p{i}@example.com");
        Pass(TimeSpan.FromDays(3));

        Assert.Equal(2, (await Store.SweepAsync(2, GiveBack)).Length);
        Assert.Equal(2, (await Store.SweepAsync(2, GiveBack)).Length);
        Assert.Single(await Store.SweepAsync(2, GiveBack));
    }

    [Fact]
    public async Task Purge_Finished_LosesItsContentSoonAndItsRowsLater()
    {
        var entry = await MakeAsync(EntryState.Relayed);
        Assert.Equal(0, await Store.PurgeAsync(Retention, 10));

        Pass(TimeSpan.FromHours(2));
        Assert.Equal(1, await Store.PurgeAsync(Retention, 10));
        Assert.True((await Store.LoadAsync(entry.Id, CancellationToken.None))!.Message.Content.IsEmpty);
        Assert.Equal(0, await Store.PurgeAsync(Retention, 10));

        Pass(Retention);
        Assert.Equal(1, await Store.PurgeAsync(Retention, 10));
        Assert.Null(await Store.LoadAsync(entry.Id, CancellationToken.None));
        Assert.Empty(await Store.ReadAttemptsAsync(entry.Id, CancellationToken.None));
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Theory]
    [InlineData(EntryState.Queued)]
    [InlineData(EntryState.Held)]
    [InlineData(EntryState.InDoubt)]
    [InlineData(EntryState.Dead)]
    public async Task Purge_Unfinished_KeepsItsContent(EntryState state)
    {
        var entry = await MakeAsync(state);
        Pass(TimeSpan.FromDays(100));

        Assert.Equal(0, await Store.PurgeAsync(Retention, 10));

        Assert.False((await Store.LoadAsync(entry.Id, CancellationToken.None))!.Message.Content.IsEmpty);
    }

    [Fact]
    public async Task Purge_MessageWithOneUnfinishedEntry_Stays()
    {
        var message = (await AcceptAsync(Request(Group([], Draft("one@example.com"), Draft("two@example.com"))))).Message.Id;
        await ApplyAsync(EntryActionKind.Drop, message);
        Pass(TimeSpan.FromDays(100));
        Assert.Equal(0, await Store.PurgeAsync(Retention, 10));

        await ApplyAsync(EntryActionKind.Drop, message + 1);
        Pass(TimeSpan.FromDays(100));

        Assert.Equal(2, await Store.PurgeAsync(Retention, 10));
        Assert.Null(await Store.LoadAsync(message, CancellationToken.None));
        Assert.Null(await Store.LoadAsync(message + 1, CancellationToken.None));
    }

    [Fact]
    public async Task Purge_ShortRetention_KeepsWhatTellsRepetitions()
    {
        var first = await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));
        await LeaseAsync(first.Message.Id, 0);
        await SettleAsync(first.Message.Id, 1, EntryState.Relayed);
        Pass(TimeSpan.FromMinutes(30));
        await Store.PurgeAsync(TimeSpan.Zero, 10);

        Assert.IsType<AcceptResult.Duplicate>(
            await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1)))));
    }

    [Fact]
    public async Task Purge_ContentFile_IsRemoved()
    {
        var request = Request(Group([], Draft("jane@example.com"))) with { ContentFile = WriteIncoming([1, 2, 3]) };
        var file = (await AcceptAsync(request)).Message.ContentFile!;
        var entry = Assert.Single((await Store.ListAsync(new EntryFilter(), CancellationToken.None)).Entries);
        await ApplyAsync(EntryActionKind.Drop, entry.Id);
        Pass(TimeSpan.FromHours(2));

        await Store.PurgeAsync(Retention, 10);

        await Eventually.TrueAsync(() => !File.Exists(file));
    }

    [Fact]
    public async Task Accept_IdsAfterAPurgeAndAClockSetBack_AreNotGivenAgain()
    {
        var first = await MakeAsync(EntryState.Dropped);
        Pass(TimeSpan.FromDays(100));
        Assert.NotEqual(0, await Store.PurgeAsync(Retention, 10));
        Time.Set(Time.GetUtcNow().AddDays(-200));
        await ReopenAsync();

        Assert.True((await AcceptOneAsync()).Id > first.Id);
    }
}
