using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>Removing a person from all that is kept.</summary>
public abstract class ErasureContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly RecipientHash Jane = new(42);

    [Fact]
    public async Task L21_Erase_WhatWaitsAndWhatWasSent_LosesTheAddressAndKeepsTheHash()
    {
        var sent = await AcceptOneAsync();
        await LeaseAsync(sent.Id, 0);
        await SettleAsync(sent.Id, 1, EntryState.Relayed);
        var waiting = (await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("Jane+news@example.com", digest: 1, sticky: true))))).Entries[0];
        var other = await AcceptOneAsync("jane@example.org");
        await Store.SuppressAsync([new SuppressRequest(Jane, new SuppressionScope("crm"), SuppressionReason.OptOut, Time.GetUtcNow(), "link") { Address = "jane@example.com" }]);

        var erased = await EraseAsync();

        Assert.Equal(new EraseResult(2, 0, IsUnavailable: false), erased);
        foreach (var id in (long[])[sent.Id, waiting.Id])
            Assert.EndsWith("@erased.invalid", (await ReadAsync(id)).Recipient);
        Assert.Equal((EntryState.Relayed, EntryState.Dropped), ((await ReadAsync(sent.Id)).State, (await ReadAsync(waiting.Id)).State));
        Assert.Null((await ReadAsync(sent.Id)).LastReply);
        Assert.True((await Store.LoadAsync(sent.Id, CancellationToken.None))!.Message.Content.IsEmpty);
        Assert.Null(await Store.ReadAssignmentAsync("crm", "jane+news@example.com", CancellationToken.None));
        Assert.Null(await Store.ReadThreadSenderAsync("crm", [$"{sent.Id}@s.example", "1@client.example"], CancellationToken.None));
        Assert.Equal(2, await UsedAsync("a@s.example"));
        Assert.Equal(("jane@example.org", EntryState.Queued), ((await ReadAsync(other.Id)).Recipient, (await ReadAsync(other.Id)).State));
        Assert.All((await Store.ListSuppressionsAsync(new SuppressionFilter(), CancellationToken.None)).Suppressions, record => Assert.Null(record.Address));
        Assert.Equal(SuppressionReason.Erasure, (await Store.FindSuppressionAsync(Jane, "shop", null, CancellationToken.None))!.Reason);
        Assert.NotNull(await Store.FindSuppressionAsync(Jane, "crm", null, CancellationToken.None));

        await Store.SuppressAsync([new SuppressRequest(Jane, new SuppressionScope("shop"), SuppressionReason.OptOut, Time.GetUtcNow(), "link") { EntryId = sent.Id }]);
        Assert.All((await Store.ListSuppressionsAsync(new SuppressionFilter(), CancellationToken.None)).Suppressions, record => Assert.Null(record.Address));
    }

    [Fact]
    public async Task L21_Erase_WhileAnAttemptRuns_SaysSoAndCompletesLater()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);

        Assert.Equal(new EraseResult(0, 1, IsUnavailable: false), await EraseAsync());
        Assert.Equal("jane@example.com", (await ReadAsync(entry.Id)).Recipient);
        await SettleAsync(entry.Id, 1, EntryState.Failed);

        Assert.Equal(new EraseResult(1, 0, IsUnavailable: false), await EraseAsync());
        Assert.EndsWith("@erased.invalid", (await ReadAsync(entry.Id)).Recipient);
    }

    [Fact]
    public async Task L21_Erase_OneOfAMessagesRecipients_LeavesTheOthersTheirMail()
    {
        var entries = (await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com"), Draft("joe@example.com"))))).Entries;

        await EraseAsync();

        Assert.False((await Store.LoadAsync(entries[1].Id, CancellationToken.None))!.Message.Content.IsEmpty);
        Assert.Equal(EntryState.Queued, (await ReadAsync(entries[1].Id)).State);
    }

    [Fact]
    public async Task L21_Erase_Nobody_KeepsTheHash()
    {
        Assert.Equal(new EraseResult(0, 0, IsUnavailable: false), await EraseAsync());
        Assert.NotNull(await Store.FindSuppressionAsync(Jane, "crm", null, CancellationToken.None));
    }

    private async Task<EraseResult> EraseAsync() => await Store.EraseAsync(new EraseRequest(
        "jane@example.com", new SuppressRequest(Jane, SuppressionScope.Global, SuppressionReason.Erasure, Time.GetUtcNow(), "alice"), "alice", GiveBack));
}
