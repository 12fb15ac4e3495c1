using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class ReadContract(StoreHarness harness) : StoreContract(harness)
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

        var listed = (await Store.ListAsync(new EntryFilter(), CancellationToken.None)).Entries;

        Assert.Equal([EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held], listed.Select(entry => entry.State));
    }

    [Theory]
    [InlineData(EntryState.Dead)]
    [InlineData(EntryState.Failed)]
    public async Task List_OneState_GivesItByPages(EntryState state)
    {
        for (var i = 0; i < 5; i++)
            await MakeAsync(i == 2 ? EntryState.Relayed : state, $"p{i}@example.com");

        var first = (await Store.ListAsync(new EntryFilter { States = [state], Limit = 3 }, CancellationToken.None)).Entries;
        var second = (await Store.ListAsync(new EntryFilter { States = [state], Limit = 3, After = first[^1].Id }, CancellationToken.None)).Entries;

        Assert.Equal((3, 1), (first.Length, second.Length));
        Assert.All(first.AddRange(second), entry => Assert.Equal(state, entry.State));
    }

    [Fact]
    public async Task List_ById_GivesTheEntryOrItsMessage()
    {
        var message = (await AcceptAsync(Request(Group([], Draft("one@example.com"), Draft("two@example.com"))))).Message.Id;

        Assert.Equal(2, (await Store.ListAsync(new EntryFilter { Id = message }, CancellationToken.None)).Entries.Length);
        Assert.Equal("two@example.com", Assert.Single((await Store.ListAsync(new EntryFilter { Id = message + 1 }, CancellationToken.None)).Entries).Recipient);
        Assert.Empty((await Store.ListAsync(new EntryFilter { Id = message + 2 }, CancellationToken.None)).Entries);
    }

    [Fact]
    public async Task List_ByClientAndUpstream_Filters()
    {
        await MakeAsync(EntryState.Leased);
        await AcceptOneAsync("joe@example.com");

        Assert.Single((await Store.ListAsync(new EntryFilter { Upstream = "sendgrid" }, CancellationToken.None)).Entries);
        Assert.Equal(2, (await Store.ListAsync(new EntryFilter { Client = "crm" }, CancellationToken.None)).Entries.Length);
        Assert.Empty((await Store.ListAsync(new EntryFilter { Client = "other" }, CancellationToken.None)).Entries);
    }

    [Theory]
    [InlineData("client", true)]
    [InlineData("direction", true)]
    [InlineData("sender", true)]
    [InlineData("upstream", true)]
    [InlineData("domain", true)]
    [InlineData("stage", true)]
    [InlineData("code", true)]
    [InlineData("digit", true)]
    [InlineData("from", true)]
    [InlineData("before", true)]
    [InlineData("no client", false)]
    [InlineData("no direction", false)]
    [InlineData("no sender", false)]
    [InlineData("no upstream", false)]
    [InlineData("no domain", false)]
    [InlineData("no stage", false)]
    [InlineData("no code", false)]
    [InlineData("no from", false)]
    [InlineData("no before", false)]
    public async Task List_DeadByWhatOperatorsAskFor_Filters(string name, bool found)
    {
        var entry = await MakeAsync(EntryState.Dead);
        await MakeAsync(EntryState.Queued, "joe@example.com");
        var any = new EntryFilter { States = [EntryState.Dead] };
        var filter = name switch
        {
            "client" => any with { Client = "crm" },
            "direction" => any with { Direction = "sales" },
            "sender" => any with { Sender = "a@s.example" },
            "upstream" => any with { Upstream = "sendgrid" },
            "domain" => any with { RecipientDomain = "example.com" },
            "stage" => any with { Stage = AttemptStage.FinalDot },
            "code" => any with { Codes = (250, 250) },
            "digit" => any with { Codes = (200, 299) },
            "from" => any with { AcceptedFrom = entry.CreatedAt },
            "before" => any with { AcceptedBefore = entry.CreatedAt.AddMilliseconds(1) },
            "no client" => any with { Client = "sales" },
            "no direction" => any with { Direction = "crm" },
            "no sender" => any with { Sender = "b@s.example" },
            "no upstream" => any with { Upstream = "ses" },
            "no domain" => any with { RecipientDomain = "ample.com" },
            "no stage" => any with { Stage = AttemptStage.Rcpt },
            "no code" => any with { Codes = (400, 599) },
            "no from" => any with { AcceptedFrom = entry.CreatedAt.AddMilliseconds(1) },
            _ => any with { AcceptedBefore = entry.CreatedAt },
        };

        var listed = (await Store.ListAsync(filter, CancellationToken.None)).Entries;

        Assert.Equal(found ? [entry.Id] : [], listed.Select(one => one.Id));
        Assert.All(listed, one => Assert.Equal((AttemptStage.FinalDot, 250), (one.LastStage, one.LastCode)));
    }

    [Fact]
    public async Task List_FilterThatFewPass_GoesOnAfterShortPages()
    {
        var few = await AcceptOneAsync("jane@rare.example");
        for (var i = 0; i < 110; i++)
            await AcceptAsync(Request(Group([], [.. Enumerable.Range(0, 100).Select(n => Draft($"p{n}@example.com"))])));
        var last = await AcceptOneAsync("joe@rare.example");

        var found = new List<long>();
        var (filter, pages) = (new EntryFilter { RecipientDomain = "rare.example" }, 0);
        for (long? after = 0; after is not null; pages++)
        {
            var page = await Store.ListAsync(filter with { After = after.Value }, CancellationToken.None);
            found.AddRange(page.Entries.Select(entry => entry.Id));
            after = page.Next;
        }

        Assert.Equal([few.Id, last.Id], found);
        Assert.Equal(2, pages);
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
