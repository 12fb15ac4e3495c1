using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class DueContract : StoreContract
{
    [Fact]
    public async Task ReadDue_Pages_GiveEachEntryOnceInOrder()
    {
        for (var i = 0; i < 7; i++)
            await AcceptDueAsync($"p{i}@example.com", Time.GetUtcNow().AddSeconds(-(i % 3)));

        var found = new List<QueueEntry>();
        DueEntry? after = null;
        while (await Store.ReadDueAsync("crm", "sales", Time.GetUtcNow(), after, 2, CancellationToken.None) is { IsEmpty: false } page)
        {
            Assert.True(page.Length <= 2);
            found.AddRange(page);
            after = new DueEntry(page[^1].Due, page[^1].Id);
        }

        Assert.Equal(7, found.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal(found.OrderBy(entry => entry.Due).ThenBy(entry => entry.Id), found);
    }

    [Theory]
    [InlineData(EntryState.Queued, true)]
    [InlineData(EntryState.InDoubt, true)]
    [InlineData(EntryState.Leased, false)]
    [InlineData(EntryState.Held, false)]
    [InlineData(EntryState.Dead, false)]
    [InlineData(EntryState.Relayed, false)]
    public async Task ReadDue_State_IsFoundOnlyIfItWaits(EntryState state, bool found)
    {
        await MakeAsync(state);
        Pass(TimeSpan.FromHours(1));

        Assert.Equal(found, (await Store.ReadDueAsync("crm", "sales", Time.GetUtcNow(), null, 10, CancellationToken.None)).Length == 1);
    }

    [Theory]
    [InlineData("crm", "other")]
    [InlineData("other", "sales")]
    [InlineData("sales", "crm")]
    public async Task ReadDue_AnotherDirection_FindsNothing(string client, string direction)
    {
        await AcceptOneAsync();

        Assert.Empty(await Store.ReadDueAsync(client, direction, Time.GetUtcNow(), null, 10, CancellationToken.None));
        Assert.Null(await Store.ReadNextDueAsync(client, direction, DateTimeOffset.UnixEpoch, CancellationToken.None));
    }

    [Fact]
    public async Task ReadNextDue_LaterEntries_GivesTheEarliestAfter()
    {
        var now = Time.GetUtcNow();
        await AcceptDueAsync("one@example.com", now);
        await AcceptDueAsync("two@example.com", now.AddMinutes(9));
        await AcceptDueAsync("three@example.com", now.AddMinutes(3));

        Assert.Equal(now.AddMinutes(3), await Store.ReadNextDueAsync("crm", "sales", now, CancellationToken.None));
        Assert.Null(await Store.ReadNextDueAsync("crm", "sales", now.AddMinutes(9), CancellationToken.None));
        Assert.Single(await Store.ReadDueAsync("crm", "sales", now, null, 10, CancellationToken.None));
    }

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

    private async Task AcceptDueAsync(string recipient, DateTimeOffset due) =>
        await AcceptAsync(Request(Group([Candidate("a@s.example") with { Due = due }], Draft(recipient))));
}
