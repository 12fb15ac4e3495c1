using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class ActionContract(StoreHarness harness) : StoreContract(harness)
{
    [Theory]
    [InlineData(EntryActionKind.Retry, EntryState.Queued, ActionOutcome.Done, EntryState.Queued)]
    [InlineData(EntryActionKind.Retry, EntryState.InDoubt, ActionOutcome.Done, EntryState.InDoubt)]
    [InlineData(EntryActionKind.Retry, EntryState.Held, ActionOutcome.WrongState, EntryState.Held)]
    [InlineData(EntryActionKind.Retry, EntryState.Dead, ActionOutcome.WrongState, EntryState.Dead)]
    [InlineData(EntryActionKind.Retry, EntryState.Leased, ActionOutcome.Leased, EntryState.Leased)]
    [InlineData(EntryActionKind.Retry, EntryState.Relayed, ActionOutcome.Finished, EntryState.Relayed)]
    [InlineData(EntryActionKind.Hold, EntryState.Queued, ActionOutcome.Done, EntryState.Held)]
    [InlineData(EntryActionKind.Hold, EntryState.InDoubt, ActionOutcome.Done, EntryState.Held)]
    [InlineData(EntryActionKind.Hold, EntryState.Held, ActionOutcome.WrongState, EntryState.Held)]
    [InlineData(EntryActionKind.Hold, EntryState.Leased, ActionOutcome.Leased, EntryState.Leased)]
    [InlineData(EntryActionKind.Hold, EntryState.Failed, ActionOutcome.Finished, EntryState.Failed)]
    [InlineData(EntryActionKind.Release, EntryState.Held, ActionOutcome.Done, EntryState.Queued)]
    [InlineData(EntryActionKind.Release, EntryState.Queued, ActionOutcome.WrongState, EntryState.Queued)]
    [InlineData(EntryActionKind.Release, EntryState.Leased, ActionOutcome.Leased, EntryState.Leased)]
    [InlineData(EntryActionKind.Release, EntryState.Dropped, ActionOutcome.Finished, EntryState.Dropped)]
    [InlineData(EntryActionKind.Drop, EntryState.Queued, ActionOutcome.Done, EntryState.Dropped)]
    [InlineData(EntryActionKind.Drop, EntryState.InDoubt, ActionOutcome.Done, EntryState.Dropped)]
    [InlineData(EntryActionKind.Drop, EntryState.Held, ActionOutcome.Done, EntryState.Dropped)]
    [InlineData(EntryActionKind.Drop, EntryState.Dead, ActionOutcome.Done, EntryState.Dropped)]
    [InlineData(EntryActionKind.Drop, EntryState.Leased, ActionOutcome.Leased, EntryState.Leased)]
    [InlineData(EntryActionKind.Drop, EntryState.Relayed, ActionOutcome.Finished, EntryState.Relayed)]
    [InlineData(EntryActionKind.Requeue, EntryState.Dead, ActionOutcome.Done, EntryState.Queued)]
    [InlineData(EntryActionKind.Requeue, EntryState.Queued, ActionOutcome.WrongState, EntryState.Queued)]
    [InlineData(EntryActionKind.Bury, EntryState.Queued, ActionOutcome.Done, EntryState.Dead)]
    [InlineData(EntryActionKind.Bury, EntryState.InDoubt, ActionOutcome.Done, EntryState.Dead)]
    [InlineData(EntryActionKind.Bury, EntryState.Held, ActionOutcome.WrongState, EntryState.Held)]
    [InlineData(EntryActionKind.Bury, EntryState.Leased, ActionOutcome.Leased, EntryState.Leased)]
    public async Task O25_Action_OnEachState_HasADefinedAnswer(EntryActionKind kind, EntryState before, ActionOutcome outcome, EntryState after)
    {
        var entry = await MakeAsync(before);

        Assert.Equal(outcome, await ApplyAsync(kind, entry.Id));

        Assert.Equal(after, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task O25_UnknownEntry_IsUnknown() => Assert.Equal(ActionOutcome.Unknown, await ApplyAsync(EntryActionKind.Drop, 99));

    [Theory]
    [InlineData(EntryActionKind.Retry, EntryState.Queued, StoreEventKind.Retry)]
    [InlineData(EntryActionKind.Hold, EntryState.Queued, StoreEventKind.Hold)]
    [InlineData(EntryActionKind.Release, EntryState.Held, StoreEventKind.Release)]
    [InlineData(EntryActionKind.Drop, EntryState.Queued, StoreEventKind.Drop)]
    [InlineData(EntryActionKind.Requeue, EntryState.Dead, StoreEventKind.Requeue)]
    [InlineData(EntryActionKind.Bury, EntryState.Queued, StoreEventKind.Bury)]
    public async Task O25_ActionDone_IsAnEventWithWhoAndWhy(EntryActionKind kind, EntryState before, StoreEventKind recorded)
    {
        var entry = await MakeAsync(before);

        await ApplyAsync(kind, entry.Id);

        var events = await Store.ReadEventsAsync(entry.Id, CancellationToken.None);
        Assert.Equal(new StoreEvent(Time.GetUtcNow(), recorded, "alice", "a test"), events[^1]);
    }

    [Fact]
    public async Task O25_ActionRefused_IsNoEvent()
    {
        var entry = await MakeAsync(EntryState.Leased);

        await ApplyAsync(EntryActionKind.Drop, entry.Id);

        Assert.Empty(await Store.ReadEventsAsync(entry.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Drop_Queued_GivesTheUnitBackOnce()
    {
        var entry = await AcceptOneAsync();

        await ApplyAsync(EntryActionKind.Drop, entry.Id);
        await ApplyAsync(EntryActionKind.Drop, entry.Id);

        Assert.Equal(0, await UsedAsync("a@s.example"));
        Assert.Null((await ReadAsync(entry.Id)).UnitDate);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drop_EntryThatMayHaveBeenSent_KeepsTheUnit(bool heldSince)
    {
        var entry = await MakeAsync(EntryState.InDoubt);
        if (heldSince)
            await ApplyAsync(EntryActionKind.Hold, entry.Id);

        Assert.Equal(ActionOutcome.Done, await ApplyAsync(EntryActionKind.Drop, entry.Id));

        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task Retry_WaitingEntry_IsDueNow()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Queued);

        await ApplyAsync(EntryActionKind.Retry, entry.Id);

        Assert.Equal(Time.GetUtcNow(), (await ReadAsync(entry.Id)).Due);
    }

    [Fact]
    public async Task S26_Requeue_StartsAfresh()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Queued);
        await LeaseAsync(entry.Id, 1);
        await SettleAsync(entry.Id, 2, EntryState.Dead);
        Pass(TimeSpan.FromDays(2));

        await ApplyAsync(EntryActionKind.Requeue, entry.Id);

        var after = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.Queued, 0), (after.State, after.Attempts));
        Assert.Equal((Time.GetUtcNow(), Time.GetUtcNow().AddDays(3)), (after.Due, after.ExpiresAt));
    }

    [Theory]
    [InlineData(false, ActionOutcome.MaybeSent, EntryState.Dead)]
    [InlineData(true, ActionOutcome.Done, EntryState.Queued)]
    public async Task S26_RequeueOfWhatMayHaveBeenSent_NeedsToBeAskedFor(bool evenIfSent, ActionOutcome outcome, EntryState after)
    {
        var entry = await MakeAsync(EntryState.InDoubt);
        await ApplyAsync(EntryActionKind.Bury, entry.Id);

        var requeue = new EntryAction(EntryActionKind.Requeue, [entry.Id], "alice", "", GiveBack) { ExpiresAt = Time.GetUtcNow().AddDays(3), EvenIfSent = evenIfSent };
        var result = Assert.Single(await Store.ApplyAsync(requeue));

        Assert.Equal((outcome, after), (result.Outcome, (await ReadAsync(entry.Id)).State));
    }

    [Fact]
    public async Task L8_Reassign_MovesTheUnitAndTheAssignment()
    {
        var entry = (await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", sticky: true))))).Entries[0];
        var due = Time.GetUtcNow().AddHours(1);

        Assert.Equal(ActionOutcome.Done, await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example") with { Due = due }));

        var after = await ReadAsync(entry.Id);
        Assert.Equal(("b@s.example", due, Today), (after.Sender, after.Due, after.UnitDate));
        Assert.Equal((0, 1), (await UsedAsync("a@s.example"), await UsedAsync("b@s.example")));
        Assert.Equal("b@s.example", await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task L13_UnassignedEntryThatGetsASender_BindsItsRecipient()
    {
        var entry = (await AcceptAsync(Request(Group([], Draft("jane@example.com", sticky: true))))).Entries[0];

        Assert.Equal(ActionOutcome.Done, await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example")));

        Assert.Equal(1, await UsedAsync("b@s.example"));
        Assert.Equal("b@s.example", await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task Reassign_RecipientBoundElsewhereSince_StaysBound()
    {
        var entry = (await AcceptAsync(Request(Group([], Draft("jane@example.com", sticky: true))))).Entries[0];
        await AcceptAsync(Request(Group([Candidate("c@s.example")], Draft("jane@example.com", sticky: true))));

        await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example"));

        Assert.Equal("c@s.example", await Store.ReadAssignmentAsync("crm", "jane@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task Reassign_ToItsOwnFullSender_FitsIntoTheUnitItGivesBack()
    {
        var entry = await AcceptOneAsync();

        var outcome = await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("a@s.example", Claim("a@s.example", limit: 1, expected: 1)));

        Assert.Equal(ActionOutcome.Done, outcome);
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task L8_Redate_DeferredEntry_ExchangesItsUnitAndKeepsItsSender()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Queued);
        var tomorrow = new CounterKey(CounterScope.Sender, "a@s.example", Today.AddDays(1));

        var outcome = await ApplyAsync(
            EntryActionKind.Redate, entry.Id,
            new SenderCandidate("a@s.example", Today.AddDays(1), Time.GetUtcNow().AddDays(1), [new CounterClaim(tomorrow, 1, long.MaxValue)]));

        Assert.Equal(ActionOutcome.Done, outcome);
        var after = await ReadAsync(entry.Id);
        Assert.Equal(("a@s.example", Today.AddDays(1), 1), (after.Sender, after.UnitDate, after.Attempts));
        Assert.Equal(0, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task Redate_EntryThatMayHaveBeenSent_IsRefused()
    {
        var entry = await MakeAsync(EntryState.InDoubt);

        Assert.Equal(ActionOutcome.WrongState, await ApplyAsync(EntryActionKind.Redate, entry.Id, Candidate("a@s.example")));
    }

    [Fact]
    public async Task Reassign_NoCandidateWithRoom_ChangesNothing()
    {
        var entry = await AcceptOneAsync();

        Assert.Equal(
            ActionOutcome.Conflict,
            await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example", Claim("b@s.example", limit: 0))));

        Assert.Equal(entry, await ReadAsync(entry.Id));
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task Reassign_EntryLoadedBefore_CanNoLongerBeLeasedWithItsOldSender()
    {
        var entry = await AcceptOneAsync();
        await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example"));

        Assert.Equal(LeaseOutcome.Gone, (await LeaseAsync(entry.Id, entry.Epoch)).Outcome);
    }

    [Fact]
    public async Task Reassign_TriedEntry_IsTheWrongState()
    {
        var entry = await MakeAsync(EntryState.InDoubt);
        await LeaseAsync(entry.Id, 1);
        await SettleAsync(entry.Id, 2, EntryState.Queued);

        Assert.Equal(ActionOutcome.WrongState, await ApplyAsync(EntryActionKind.Reassign, entry.Id, Candidate("b@s.example")));
    }

    [Fact]
    public async Task Apply_CallbackFails_FaultsThatCallAndNoOther()
    {
        var first = await AcceptOneAsync("one@example.com");
        var second = await AcceptOneAsync("two@example.com");
        var drop = new EntryAction(EntryActionKind.Drop, [first.Id], "alice", "a test", _ => throw new InvalidOperationException());

        var faulted = Store.ApplyAsync(drop);
        var settled = ApplyAsync(EntryActionKind.Drop, second.Id);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await faulted);
        Assert.Equal(ActionOutcome.Done, await settled);
        Assert.Equal(EntryState.Queued, (await ReadAsync(first.Id)).State);
        Assert.True(Store.Health.CanWrite);
    }

    [Fact]
    public async Task Counts_AlongAnEntrysLife_FollowItsState()
    {
        var entry = await AcceptOneAsync();
        Assert.Equal(new QueueCounts(1, 0, 0, 0, 0), Store.Counts);
        await LeaseAsync(entry.Id, 0);
        Assert.Equal(new QueueCounts(0, 1, 0, 0, 0), Store.Counts);
        await SettleAsync(entry.Id, 1, EntryState.InDoubt);
        Assert.Equal(new QueueCounts(0, 0, 1, 0, 0), Store.Counts);
        await ApplyAsync(EntryActionKind.Hold, entry.Id);
        Assert.Equal(new QueueCounts(0, 0, 0, 1, 0), Store.Counts);
        await ReopenAsync();
        Assert.Equal(new QueueCounts(0, 0, 0, 1, 0), Store.Counts);
        await ApplyAsync(EntryActionKind.Drop, entry.Id);
        Assert.Equal(default, Store.Counts);
    }
}
