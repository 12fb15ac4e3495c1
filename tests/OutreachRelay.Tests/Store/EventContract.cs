using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

/// <summary>What was heard of mails: recorded once, and found to its entry.</summary>
public abstract class EventContract(StoreHarness harness) : StoreContract(harness)
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Fact]
    public async Task Record_ByCorrelation_IsAnEventOfTheEntry()
    {
        var entry = await LeaseOneAsync("token1");

        var recorded = Assert.Single(await RecordAsync(Heard("1") with { Correlation = "token1", Code = 550, Status = "5.1.1", Reason = "no such user" }));

        Assert.Equal((RecordedAs.News, entry), (recorded.As, recorded.Entry!.Id));
        var stored = Assert.Single(await Store.ReadEventsAsync(entry, CancellationToken.None));
        Assert.Equal((StoreEventKind.Delivered, "sendgrid", "no such user"), (stored.Kind, stored.Who, stored.Reason));
        Assert.Equal((550, "5.1.1", (DateTimeOffset?)Time.GetUtcNow().AddMinutes(-1)), (stored.Code, stored.Status, stored.OccurredAt));
        Assert.Equal(OutcomeKind.Delivered, (await ReadAsync(entry)).Outcome?.Kind);
    }

    [Fact]
    public async Task F3_Record_SameEventInParallel_IsRecordedOnce()
    {
        var entry = await LeaseOneAsync("token1");
        var heard = Heard("1") with { Correlation = "token1" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await RecordAsync(heard))));

        Assert.Single(answers, answer => answer[0].As == RecordedAs.News);
        Assert.All(answers, answer => Assert.Equal(entry, answer[0].Entry!.Id));
        Assert.Single(await Store.ReadEventsAsync(entry, CancellationToken.None));
    }

    [Fact]
    public async Task Record_SameKeyOfAnotherUpstream_IsAnotherEvent()
    {
        var entry = await LeaseOneAsync("token1");

        await RecordAsync(Heard("1") with { Correlation = "token1" }, Heard("1") with { Correlation = "token1", Upstream = "ses" });

        Assert.Equal(2, (await Store.ReadEventsAsync(entry, CancellationToken.None)).Length);
    }

    [Fact]
    public async Task Record_AfterARestart_IsStillKnown()
    {
        await LeaseOneAsync("token1");
        await RecordAsync(Heard("1") with { Correlation = "token1" });
        await ReopenAsync();

        Assert.Equal(RecordedAs.Repetition, (await RecordAsync(Heard("1") with { Correlation = "token1" }))[0].As);
    }

    [Fact]
    public async Task F10_Record_UnknownIds_BelongsToNoEntryWhoeverTheRecipientIs()
    {
        var entry = await LeaseOneAsync("token1");

        var recorded = await RecordAsync(
            Heard("1") with { Correlation = "elsewhere" }, Heard("2") with { ProviderId = "unknown-id-1" }, Heard("3"), Heard("4") with { MessageId = "x@y.example" });

        Assert.All(recorded, one => Assert.Equal((RecordedAs.Unmatched, null), (one.As, one.Entry)));
        Assert.Empty(await Store.ReadEventsAsync(entry, CancellationToken.None));
        Assert.Null((await ReadAsync(entry)).Outcome);
    }

    [Fact]
    public async Task F10_DropUnmatched_AfterTheWait_LetsGoAndKeepsWhatIsUnknownForAWeek()
    {
        var entry = await LeaseOneAsync("token1");
        await RecordAsync(Heard("1") with { Correlation = "elsewhere" }, Heard("2") with { Kind = OutcomeKind.Unknown });
        // The last event of all stays: ids are not given twice.
        await RecordAsync(Heard("3") with { Correlation = "token1" });

        Assert.Equal(0, await Store.DropUnmatchedAsync(Wait, Week, 100));
        Pass(Wait + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await Store.DropUnmatchedAsync(Wait, Week, 100));
        Pass(Week);
        Assert.Equal(1, await Store.DropUnmatchedAsync(Wait, Week, 100));

        var left = await Store.ListEventsAsync(new EventFilter(), CancellationToken.None);
        Assert.Equal(entry, Assert.Single(left.Events).EntryId);
    }

    [Fact]
    public async Task F10_Record_MoreUnknownThanAreKept_AreRefusedAndOthersAreNot()
    {
        const int Most = 10_000;
        var entry = await LeaseOneAsync("token1");
        var flood = Enumerable.Range(0, Most + 100).Select(i => Heard($"flood {i}") with { Correlation = "elsewhere" }).ToImmutableArray();

        var recorded = (await Store.RecordAsync(flood))!.Value;

        Assert.Equal(Most, recorded.Count(one => one.As == RecordedAs.Unmatched));
        Assert.Equal(100, recorded.Count(one => one.As == RecordedAs.Refused));
        Assert.Equal((RecordedAs.News, entry), Assert.Single(await RecordAsync(Heard("1") with { Correlation = "token1" })) is var last ? (last.As, last.Entry!.Id) : default);
    }

    [Fact]
    public async Task F10_Record_UnknownMailThatCameBack_IsNotKeptAndIsHeardWhenItsMailIsKnown()
    {
        var heard = Heard("1") with { Upstream = null, Kind = OutcomeKind.BouncedHard, Correlation = "token1" };

        Assert.Equal((RecordedAs.Unmatched, null), Assert.Single(await RecordAsync(heard)) is var first ? (first.As, first.Entry) : default);

        Assert.Empty((await Store.ListEventsAsync(new EventFilter(), CancellationToken.None)).Events);
        var entry = await LeaseOneAsync("token1");
        Assert.Equal((RecordedAs.News, entry), Assert.Single(await RecordAsync(heard)) is var again ? (again.As, again.Entry!.Id) : default);
    }

    [Fact]
    public async Task W19_Record_ByTheIdOfTheFinalReply_FindsTheEntryAndItsThread()
    {
        var entry = await LeaseOneAsync("token1");
        await SettleOneAsync(entry, EntryState.Relayed, providerId: "0102018f-abc-000000");

        var recorded = await RecordAsync(Heard("1") with { ProviderId = "0102018f-abc-000000" });

        Assert.Equal(entry, recorded[0].Entry!.Id);
        Assert.Equal("a@s.example", await Store.ReadThreadSenderAsync("crm", ["0102018f-abc-000000@eu-west-1.amazonses.com"], CancellationToken.None));
        Assert.Null(await Store.ReadThreadSenderAsync("other", ["0102018f-abc-000000@eu-west-1.amazonses.com"], CancellationToken.None));
    }

    [Fact]
    public async Task W19_Record_IdThatAnEventTold_IsKnownFromThenOn()
    {
        var entry = await LeaseOneAsync("token1");

        await RecordAsync(Heard("1") with { Correlation = "token1", ProviderId = "provider-id-1" });

        Assert.Equal(entry, (await RecordAsync(Heard("2") with { ProviderId = "provider-id-1" }))[0].Entry!.Id);
    }

    [Fact]
    public async Task F9_Match_ProviderIdThatWasToldBeforeItWasRecorded_FindsTheEntryThen()
    {
        var entry = await LeaseOneAsync("token1");
        await RecordAsync(Heard("1") with { ProviderId = "0102018f-abc-000000" });
        Assert.Empty(await Store.MatchAsync(10));
        await SettleOneAsync(entry, EntryState.Relayed, providerId: "0102018f-abc-000000");

        var matched = Assert.Single(await Store.MatchAsync(10));

        Assert.Equal((entry, OutcomeKind.Delivered), (matched.Entry!.Id, matched.Event.Kind));
        Assert.Single(await Store.ReadEventsAsync(entry, CancellationToken.None));
        Assert.Empty(await Store.MatchAsync(10));
    }

    [Fact]
    public async Task Record_ByMessageId_NeedsTheRecipientToo()
    {
        var entry = await LeaseOneAsync("token1");
        await SettleOneAsync(entry, EntryState.Relayed);
        var heard = Heard("1") with { MessageId = $"{entry}@s.example" };

        Assert.Null((await RecordAsync(heard with { DedupKey = "2", Recipient = "other@example.com" }))[0].Entry);
        Assert.Equal(entry, (await RecordAsync(heard with { Recipient = "Jane@Example.com" }))[0].Entry!.Id);
    }

    [Fact]
    public async Task Record_IdThatTwoEntriesHave_BelongsToNeither()
    {
        foreach (var token in (string[])["token1", "token2"])
            await SettleOneAsync(await LeaseOneAsync(token), EntryState.Relayed, providerId: "same-for-both-1");

        Assert.Equal(RecordedAs.Unmatched, (await RecordAsync(Heard("1") with { ProviderId = "same-for-both-1" }))[0].As);
    }

    [Fact]
    public async Task Record_LongAndWildText_IsCutAndReadBack()
    {
        var entry = await LeaseOneAsync("token1");

        await RecordAsync(Heard(new string('k', 100_000)) with { Correlation = "token1", Reason = "a\0\u001b[31m\ud800" + new string('x', 65_536) });

        var stored = Assert.Single(await Store.ReadEventsAsync(entry, CancellationToken.None));
        Assert.Equal(OutcomeEvent.MaxReason, stored.Reason.Length);
        Assert.StartsWith("a\ufffd\u001b[31m\ufffdx", stored.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListEvents_Filters_GiveThoseThatFitInTheirOrder()
    {
        var (first, second) = (await LeaseOneAsync("token1"), await LeaseOneAsync("token2"));
        await RecordAsync(Heard("1") with { Correlation = "token1" }, Heard("2") with { Correlation = "token2", Kind = OutcomeKind.Complained, Upstream = "ses" });
        await ApplyAsync(EntryActionKind.Drop, await AcceptAsync());

        Assert.Equal([StoreEventKind.Delivered, StoreEventKind.Complained, StoreEventKind.Drop], await KindsAsync(new EventFilter()));
        Assert.Equal([StoreEventKind.Complained], await KindsAsync(new EventFilter { Kinds = [StoreEventKind.Complained, StoreEventKind.Opened] }));
        Assert.Equal([StoreEventKind.Complained], await KindsAsync(new EventFilter { Upstream = "ses" }));
        Assert.Equal([StoreEventKind.Delivered], await KindsAsync(new EventFilter { EntryId = first }));
        Assert.Equal(3, (await KindsAsync(new EventFilter { Client = "crm" })).Length);
        Assert.Empty(await KindsAsync(new EventFilter { Client = "nobody" }));
        Assert.Equal([StoreEventKind.Drop], await KindsAsync(new EventFilter { After = -1 }));
        var page = await Store.ListEventsAsync(new EventFilter { Limit = 2 }, CancellationToken.None);
        Assert.Equal((second, "jane@example.com", false), (page.Events[1].EntryId, page.Events[1].Recipient, page.IsLast));
        Assert.Equal([StoreEventKind.Drop], await KindsAsync(new EventFilter { After = page.Next }));
    }

    private async Task<StoreEventKind[]> KindsAsync(EventFilter filter) =>
        [.. (await Store.ListEventsAsync(filter, CancellationToken.None)).Events.Select(listed => listed.Event.Kind)];

    private OutcomeEvent Heard(string key) => new()
    {
        Kind = OutcomeKind.Delivered,
        Time = Time.GetUtcNow().AddMinutes(-1),
        Upstream = "sendgrid",
        DedupKey = key,
        Recipient = "jane@example.com",
    };

    private async Task<ImmutableArray<RecordedEvent>> RecordAsync(params OutcomeEvent[] heard) => (await Store.RecordAsync([.. heard]))!.Value;

    private async Task<long> AcceptAsync() => (await AcceptOneAsync()).Id;

    private async Task<long> LeaseOneAsync(string token)
    {
        var entry = await AcceptOneAsync();
        await Store.LeaseAsync(new LeaseRequest(entry.Id, 0, "sendgrid", "key1", token, "frozen"u8.ToArray(), TimeSpan.FromMinutes(10)));
        return entry.Id;
    }

    private async Task SettleOneAsync(long id, EntryState state, string? providerId = null)
    {
        var settled = await Store.SettleAsync(new Settlement
        {
            EntryId = id,
            Epoch = 1,
            State = state,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "Ok",
            SentMessageId = $"{id}@s.example",
            ProviderId = providerId,
        });
        Assert.Equal(SettleOutcome.Settled, settled.Outcome);
    }
}
