using System.Security.Cryptography;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class AcceptContract(StoreHarness harness) : StoreContract(harness)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(StoredMessage.MostInlineContent)]
    public async Task Accept_Content_IsLoadedOctetForOctet(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var request = Request(Group([Candidate("a@s.example")], Draft("Jane@Example.com"))) with { Content = content, Length = length };

        var accepted = await AcceptAsync(request);

        var loaded = await Store.LoadAsync(accepted.Entries[0].Id, CancellationToken.None);
        Assert.Equal(content, loaded!.Message.Content.ToArray());
        Assert.Equal($"Received: by relay id {QueueId.Format(accepted.Message.Id)}\r\n", System.Text.Encoding.ASCII.GetString(loaded.Message.Received.Span));
        Assert.Equal(accepted.Entries[0], loaded.Entry);
        Assert.Equal("Jane@Example.com", loaded.Entry.Recipient);
        Assert.True(loaded.Frozen.IsEmpty);
    }

    [Fact]
    public async Task Accept_ContentFile_IsTakenOver()
    {
        var content = RandomNumberGenerator.GetBytes(StoredMessage.MostInlineContent + 1);
        var file = WriteIncoming(content);
        var request = Request(Group([Candidate("a@s.example")], Draft("jane@example.com"))) with
        {
            Content = content.AsMemory(0, 100),
            ContentFile = file,
            Length = content.Length,
        };

        var accepted = await AcceptAsync(request);

        var loaded = await Store.LoadAsync(accepted.Entries[0].Id, CancellationToken.None);
        Assert.Equal(content, await File.ReadAllBytesAsync(loaded!.Message.ContentFile!));
        Assert.Equal(accepted.Message.ContentFile, loaded.Message.ContentFile);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Accept_ContentFileAndConflict_CanBeTriedAgainWithTheSameFile()
    {
        var file = WriteIncoming([1, 2, 3]);
        var full = Request(Group([Candidate("a@s.example", Claim("a@s.example", limit: 0))], Draft("jane@example.com"))) with { ContentFile = file };
        Assert.IsType<AcceptResult.Conflict>(await Store.AcceptAsync(full));

        var accepted = await AcceptAsync(Request(Group([Candidate("b@s.example")], Draft("jane@example.com"))) with { ContentFile = file });

        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(accepted.Message.ContentFile!));
    }

    [Fact]
    public async Task Accept_InlineContentOverTheLimit_IsThrownBack() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.AcceptAsync(
            Request(Group([], Draft("jane@example.com"))) with { Content = new byte[StoredMessage.MostInlineContent + 1] }));

    [Fact]
    public async Task Accept_NullReversePathAndFlags_AreKept()
    {
        var request = Request(Group([], Draft("jane@example.com"))) with { ReversePath = null, NeedsSmtpUtf8 = true, Has8Bit = true };

        var loaded = await Store.LoadAsync((await AcceptAsync(request)).Entries[0].Id, CancellationToken.None);

        Assert.Null(loaded!.Message.ReversePath);
        Assert.True(loaded.Message.NeedsSmtpUtf8);
        Assert.True(loaded.Message.Has8Bit);
        Assert.Null(loaded.Entry.Sender);
        Assert.Null(loaded.Entry.UnitDate);
    }

    [Fact]
    public async Task Accept_SeveralGroups_NumbersEntriesFromTheMessage()
    {
        var accepted = await AcceptAsync(Request(
            Group([Candidate("a@s.example")], Draft("one@example.com"), Draft("two@example.com")),
            Group([Candidate("b@s.example")], Draft("three@example.com"))));

        Assert.Equal([0L, 1, 2], accepted.Entries.Select(entry => entry.Id - accepted.Message.Id));
        Assert.Equal(["a@s.example", "a@s.example", "b@s.example"], accepted.Entries.Select(entry => entry.Sender));
        Assert.Equal(2, await UsedAsync("a@s.example"));
        Assert.Equal(1, await UsedAsync("b@s.example"));
    }

    [Fact]
    public async Task R29_RepetitionWithinTheWindow_AnswersWithTheFirstId()
    {
        var first = await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));
        Pass(TimeSpan.FromMinutes(59));

        var second = await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));

        Assert.Equal(first.Message.Id, Assert.IsType<AcceptResult.Duplicate>(second).Id);
        Assert.Equal(1, await UsedAsync("a@s.example"));
    }

    [Fact]
    public async Task R29_RepetitionAfterTheWindow_IsANewMessage()
    {
        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));
        Pass(TimeSpan.FromMinutes(61));

        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));

        Assert.Equal(2, Store.Counts.Queued);
    }

    [Fact]
    public async Task R29_RepetitionsInParallel_AreOneMessage()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
            await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1)))))));

        var accepted = Assert.Single(results.OfType<AcceptResult.Accepted>());
        Assert.All(results.OfType<AcceptResult.Duplicate>(), duplicate => Assert.Equal(accepted.Message.Id, duplicate.Id));
    }

    [Fact]
    public async Task FindRepetition_EveryRecipientIsRepeated_IsTheFirstMessageUntilTheWindowEnds()
    {
        var first = await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("one@example.com", digest: 1), Draft("two@example.com", digest: 2))));

        Assert.Equal(first.Message.Id, await RepetitionAsync(("two@example.com", 2), ("one@example.com", 1)));
        Assert.Null(await RepetitionAsync(("one@example.com", 1), ("three@example.com", 3)));
        Assert.Null(await RepetitionAsync(("one@example.com", 2)));
        Assert.Null(await RepetitionAsync(("one@example.com", 0)));
        Pass(TimeSpan.FromMinutes(61));
        Assert.Null(await RepetitionAsync(("one@example.com", 1)));
    }

    private ValueTask<long?> RepetitionAsync(params (string Key, byte Digest)[] recipients) => Store.FindRepetitionAsync(
        [.. recipients.Select(static recipient => new DigestedRecipient(recipient.Key, Draft(recipient.Key, digest: recipient.Digest).Digest))], TimeSpan.FromHours(1));

    [Fact]
    public async Task Accept_SomeRecipientsRepeated_LeavesThemOut()
    {
        await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("one@example.com", digest: 1))));

        var second = await AcceptAsync(Request(
            Group([Candidate("a@s.example")], Draft("one@example.com", digest: 1), Draft("two@example.com", digest: 2))));

        Assert.Equal("two@example.com", Assert.Single(second.Entries).Recipient);
        Assert.Equal(2, await UsedAsync("a@s.example"));
    }

    // Who gives up a message that failed must be able to send it again: 250 and nothing else would be a lie.
    [Theory]
    [InlineData(EntryState.Relayed, true)]
    [InlineData(EntryState.Failed, false)]
    public async Task Accept_RepetitionOfAFinishedEntry_CountsWhenItLeft(EntryState state, bool isRepetition)
    {
        var first = await AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));
        await LeaseAsync(first.Message.Id, 0);
        await SettleAsync(first.Message.Id, 1, state);

        var second = await Store.AcceptAsync(Request(Group([Candidate("a@s.example")], Draft("jane@example.com", digest: 1))));

        Assert.Equal(isRepetition, second is AcceptResult.Duplicate);
    }

    [Fact]
    public async Task Accept_IdsAfterAClockSetBackAndARestart_StillGrow()
    {
        var first = await AcceptOneAsync();
        Time.Set(Time.GetUtcNow().AddDays(-300));
        await ReopenAsync();

        var second = await AcceptOneAsync();

        Assert.True(second.Id > first.Id);
    }

    [Fact]
    public async Task Accept_ReceivedFails_ThrowsItAndWritesNothing()
    {
        var request = Request(Group([], Draft("jane@example.com"))) with { Received = _ => throw new InvalidOperationException() };

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Store.AcceptAsync(request));

        Assert.Equal(0, Store.Counts.Queued);
    }
}
