using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class ReadContract : StoreContract
{
    [Fact]
    public async Task Load_UnknownEntry_IsNull() => Assert.Null(await Store.LoadAsync(77, CancellationToken.None));

    [Fact]
    public async Task Read_Cancelled_Throws()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.LoadAsync(77, cancel.Token));
    }

    [Fact]
    public async Task List_NoStates_GivesWhatIsUnfinishedButNotDead()
    {
        foreach (var state in Enum.GetValues<EntryState>().Where(state => state != EntryState.Expired))
            await MakeAsync(state, $"{state}@example.com");

        var listed = await Store.ListAsync(new EntryFilter(), CancellationToken.None);

        Assert.Equal([EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held], listed.Select(entry => entry.State));
    }

    [Theory]
    [InlineData(EntryState.Dead)]
    [InlineData(EntryState.Failed)]
    public async Task List_OneState_GivesItByPages(EntryState state)
    {
        for (var i = 0; i < 5; i++)
            await MakeAsync(i == 2 ? EntryState.Relayed : state, $"p{i}@example.com");

        var first = await Store.ListAsync(new EntryFilter { States = [state], Limit = 3 }, CancellationToken.None);
        var second = await Store.ListAsync(new EntryFilter { States = [state], Limit = 3, After = first[^1].Id }, CancellationToken.None);

        Assert.Equal((3, 1), (first.Length, second.Length));
        Assert.All(first.AddRange(second), entry => Assert.Equal(state, entry.State));
    }

    [Fact]
    public async Task List_ById_GivesTheEntryOrItsMessage()
    {
        var message = (await AcceptAsync(Request(Group([], Draft("one@example.com"), Draft("two@example.com"))))).Message.Id;

        Assert.Equal(2, (await Store.ListAsync(new EntryFilter { Id = message }, CancellationToken.None)).Length);
        Assert.Equal("two@example.com", Assert.Single(await Store.ListAsync(new EntryFilter { Id = message + 1 }, CancellationToken.None)).Recipient);
        Assert.Empty(await Store.ListAsync(new EntryFilter { Id = message + 2 }, CancellationToken.None));
    }

    [Fact]
    public async Task List_ByClientAndUpstream_Filters()
    {
        await MakeAsync(EntryState.Leased);
        await AcceptOneAsync("joe@example.com");

        Assert.Single(await Store.ListAsync(new EntryFilter { Upstream = "sendgrid" }, CancellationToken.None));
        Assert.Equal(2, (await Store.ListAsync(new EntryFilter { Client = "crm" }, CancellationToken.None)).Length);
        Assert.Empty(await Store.ListAsync(new EntryFilter { Client = "other" }, CancellationToken.None));
    }

    [Fact]
    public async Task ReadOldest_SeveralEntries_GivesTheFirstOfTheState()
    {
        var first = await AcceptOneAsync();
        Pass(TimeSpan.FromMinutes(1));
        await AcceptOneAsync("joe@example.com");

        Assert.Equal(first.CreatedAt, await Store.ReadOldestAsync(EntryState.Queued, CancellationToken.None));
        Assert.Null(await Store.ReadOldestAsync(EntryState.Dead, CancellationToken.None));
    }
}
