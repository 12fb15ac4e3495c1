using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Events;

/// <summary>What events do to entries, health and recipients, over a real store.</summary>
public sealed class OutcomeEventsTests : IAsyncLifetime
{
    private EventBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await EventBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(OutcomeKind.Accepted, EntryState.Relayed)]
    [InlineData(OutcomeKind.Delivered, EntryState.Relayed)]
    [InlineData(OutcomeKind.Deferred, EntryState.Relayed)]
    [InlineData(OutcomeKind.Opened, EntryState.Relayed)]
    [InlineData(OutcomeKind.Dropped, EntryState.Failed)]
    [InlineData(OutcomeKind.BouncedHard, EntryState.Failed)]
    [InlineData(OutcomeKind.BouncedSoft, EntryState.Failed)]
    [InlineData(OutcomeKind.Blocked, EntryState.Failed)]
    [InlineData(OutcomeKind.Unknown, EntryState.InDoubt)]
    public async Task S28_EventWhileInDoubt_SettlesTheEntryAndNothingIsSentAgain(OutcomeKind kind, EntryState expected)
    {
        var id = await _bench.SentAsync(EntryState.InDoubt);

        var entry = await _bench.HearAsync(id, kind);

        Assert.Equal(expected, entry.State);
        Assert.Equal(expected == EntryState.InDoubt ? 1 : 0, _bench.Store.Counts.InDoubt);
        Assert.Equal(expected == EntryState.InDoubt ? 0 : 1, _bench.Counted().Ended);
        _bench.Time.Set(_bench.Time.GetUtcNow().AddMinutes(20));
        var lease = await _bench.Store.LeaseAsync(new LeaseRequest(id, entry.Epoch, "a", "key", "again", default, TimeSpan.FromMinutes(1)));
        Assert.Equal(expected == EntryState.InDoubt ? LeaseOutcome.Leased : LeaseOutcome.Gone, lease.Outcome);
    }

    [Theory]
    [InlineData(EntryActionKind.Hold, EntryState.Held)]
    [InlineData(EntryActionKind.Bury, EntryState.Dead)]
    public async Task S28_EventAboutWhatWasInDoubtAndIsHeldOrDead_SettlesItToo(EntryActionKind kind, EntryState state)
    {
        var id = await _bench.SentAsync(EntryState.InDoubt);
        await _bench.Store.ApplyAsync(new EntryAction(kind, [id], "test", "in doubt", static _ => []));
        Assert.Equal(state, (await _bench.ReadAsync(id)).State);

        Assert.Equal(EntryState.Relayed, (await _bench.HearAsync(id, OutcomeKind.Delivered)).State);
        Assert.Equal(default, _bench.Store.Counts);
    }

    [Fact]
    public async Task S28_DeliveredWhileTheSecondAttemptIsRefused_IsRelayed()
    {
        var id = await _bench.SentAsync(EntryState.InDoubt);
        await _bench.LeaseAgainAsync(id);

        Assert.Equal(EntryState.Leased, (await _bench.HearAsync(id, OutcomeKind.Delivered)).State);
        Assert.Equal(EntryState.Relayed, (await _bench.SettleAsync(id, EntryState.Failed)).State);
    }

    [Theory]
    [InlineData(OutcomeKind.Delivered, EntryState.Relayed, EntryState.Relayed)]
    [InlineData(OutcomeKind.Delivered, EntryState.InDoubt, EntryState.Relayed)]
    [InlineData(OutcomeKind.BouncedHard, EntryState.Relayed, EntryState.Failed)]
    [InlineData(OutcomeKind.BouncedHard, EntryState.InDoubt, EntryState.Failed)]
    [InlineData(OutcomeKind.Complained, EntryState.Relayed, EntryState.Relayed)]
    [InlineData(OutcomeKind.Delivered, EntryState.Queued, EntryState.Queued)]
    public async Task F9_EventBeforeTheReplyIsRecorded_GivesTheSameStateAsAfterIt(OutcomeKind kind, EntryState settled, EntryState expected)
    {
        var (early, late) = (await _bench.LeaseAsync(), await _bench.LeaseAsync());

        Assert.Equal(EntryState.Leased, (await _bench.HearAsync(early, kind)).State);
        var first = await _bench.SettleAsync(early, settled);
        var counted = _bench.Counted();
        await _bench.SettleAsync(late, settled);
        var second = await _bench.HearAsync(late, kind);

        Assert.Equal((expected, expected), (first.State, second.State));
        Assert.Equal((2 * counted.Ended, 2 * counted.Bad, 2 * counted.Complaints), _bench.Counted());
        Assert.Equal(expected == EntryState.Queued ? 0 : 1, counted.Ended);
        Assert.Equal(0, _bench.Store.Counts.InDoubt);
    }

    [Fact]
    public async Task F3_SameBounceFiveTimesInParallel_CountsOnceAndSuppressesOnePerson()
    {
        var id = await _bench.SentAsync();
        var heard = _bench.Heard(id, OutcomeKind.BouncedHard);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => _bench.Events.RecordAsync([heard]))));

        Assert.Equal((1, 1, 0), _bench.Counted());
        Assert.Single(_bench.Suppressed.Distinct());
        Assert.Single(await _bench.Store.ReadEventsAsync(id, CancellationToken.None));
    }

    [Fact]
    public async Task F11_EventsInAnyOrder_GiveTheSameEnd()
    {
        (OutcomeKind Kind, int MinutesAgo)[] heard =
            [(OutcomeKind.Delivered, 5), (OutcomeKind.BouncedHard, 20), (OutcomeKind.Deferred, 1), (OutcomeKind.BouncedSoft, 2)];
        var ends = new HashSet<(EntryState, OutcomeKind?, DateTimeOffset?)>();
        foreach (var order in Orders(heard))
        {
            var id = await _bench.SentAsync();
            foreach (var (kind, minutesAgo) in order)
                await _bench.HearAsync(id, kind, minutesAgo);
            var entry = await _bench.ReadAsync(id);
            ends.Add((entry.State, entry.Outcome?.Kind, entry.Outcome?.Time));
        }

        Assert.Equal([(EntryState.Failed, OutcomeKind.BouncedHard, _bench.Time.GetUtcNow().AddMinutes(-20))], ends);
        Assert.Equal((24, 24, 0), _bench.Counted());
    }

    [Theory]
    [InlineData(OutcomeKind.BouncedHard, OutcomeKind.Delivered, EntryState.Failed)]
    [InlineData(OutcomeKind.Delivered, OutcomeKind.BouncedHard, EntryState.Failed)]
    [InlineData(OutcomeKind.Delivered, OutcomeKind.Deferred, EntryState.Relayed)]
    [InlineData(OutcomeKind.Complained, OutcomeKind.BouncedHard, EntryState.Relayed)]
    [InlineData(OutcomeKind.BouncedHard, OutcomeKind.Complained, EntryState.Relayed)]
    public async Task F11_TwoEvents_TheHigherRankCounts(OutcomeKind first, OutcomeKind second, EntryState expected)
    {
        var id = await _bench.SentAsync();
        await _bench.HearAsync(id, first, minutesAgo: 2);

        Assert.Equal(expected, (await _bench.HearAsync(id, second, minutesAgo: 1)).State);
    }

    [Fact]
    public async Task F12_BounceAfterThe250_FailsTheEntryKeepsTheUnitUsedAndPausesTheSender()
    {
        var entries = new List<long>();
        for (var i = 0; i < 20; i++)
            entries.Add(await _bench.SentAsync(recipient: $"to{i}@y.example"));
        Assert.Equal((20, 0, 0), _bench.Counted());

        foreach (var (id, i) in entries.Take(3).Select(static (id, i) => (id, i)))
            await _bench.HearAsync(id, OutcomeKind.BouncedHard, recipient: $"to{i}@y.example");

        var bounced = await _bench.ReadAsync(entries[0]);
        Assert.Equal((EntryState.Failed, true), (bounced.State, bounced.UnitDate is not null));
        Assert.Equal((20, 3, 0), _bench.Counted());
        Assert.Equal("3 of 20 bounced or were blocked in 7 days, limit 10 %", _bench.Standing().PauseReason);
        Assert.Equal(["to0@y.example", "to1@y.example", "to2@y.example"], _bench.Suppressed.Select(call => call.Recipient));
        Assert.All(_bench.Suppressed, call => Assert.Equal(("acme", SuppressionReason.HardBounce, "a"), (call.Client, call.Reason, call.Source)));
    }

    [Fact]
    public async Task F12_ComplaintsAfterThe250_PauseTheSender()
    {
        for (var i = 0; i < 2; i++)
            await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Complained);

        Assert.Equal((2, 0, 2), _bench.Counted());
        Assert.StartsWith("2 complaints in 7 days", _bench.Standing().PauseReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OutcomeCause.HardBounce, SuppressionReason.HardBounce)]
    [InlineData(OutcomeCause.Complaint, SuppressionReason.Complaint)]
    [InlineData(OutcomeCause.OptOut, SuppressionReason.OptOut)]
    public async Task F13_DroppedForTheRecipient_SuppressesWithThatReasonAndIsNotTheSendersFault(OutcomeCause cause, SuppressionReason reason)
    {
        var id = await _bench.SentAsync();

        Assert.Equal(EntryState.Failed, (await _bench.HearAsync(id, OutcomeKind.Dropped, cause: cause)).State);

        Assert.Equal(reason, Assert.Single(_bench.Suppressed).Reason);
        Assert.Equal((1, 0, 0), _bench.Counted());
    }

    [Theory]
    [InlineData(OutcomeKind.Blocked, OutcomeCause.None, 1)]
    [InlineData(OutcomeKind.Dropped, OutcomeCause.Message, 1)]
    [InlineData(OutcomeKind.Dropped, OutcomeCause.Account, 0)]
    public async Task F13_BlockedOrDroppedForOtherReasons_SuppressesNobody(OutcomeKind kind, OutcomeCause cause, int bad)
    {
        var id = await _bench.SentAsync();

        Assert.Equal(EntryState.Failed, (await _bench.HearAsync(id, kind, cause: cause)).State);

        Assert.Empty(_bench.Suppressed);
        Assert.Equal((1, bad, 0), _bench.Counted());
        Assert.Equal(cause == OutcomeCause.Account ? 1 : 0, _bench.Refused.Count);
    }

    [Fact]
    public async Task F13_OldDropForTheAccount_SaysNothingOfTheUpstreamNow()
    {
        await _bench.HearAsync(await _bench.SentAsync(), OutcomeKind.Dropped, minutesAgo: 60, cause: OutcomeCause.Account);

        Assert.Empty(_bench.Refused);
    }

    [Theory]
    [InlineData(OutcomeKind.Opened)]
    [InlineData(OutcomeKind.Clicked)]
    public async Task F16_OpenedOrClicked_IsRecordedAndChangesNothing(OutcomeKind kind)
    {
        var id = await _bench.SentAsync();

        var entry = await _bench.HearAsync(id, kind);

        Assert.Equal((EntryState.Relayed, kind), (entry.State, entry.Outcome!.Value.Kind));
        Assert.Equal((1, 0, 0), _bench.Counted());
        Assert.Empty(_bench.Suppressed);
    }

    [Fact]
    public async Task F10_BounceForAnUnknownId_HasNoEffectOnTheRecipient()
    {
        var id = await _bench.SentAsync();

        Assert.True(await _bench.Events.RecordAsync([_bench.Heard(id, OutcomeKind.BouncedHard) with { Correlation = "of another environment", Recipient = "to@y.example" }]));

        Assert.Equal(EntryState.Relayed, (await _bench.ReadAsync(id)).State);
        Assert.Empty(_bench.Suppressed);
        Assert.Equal((1, 0, 0), _bench.Counted());
    }

    [Fact]
    public async Task Record_BounceOfAnAddressItWasForwardedTo_SuppressesNobody()
    {
        var id = await _bench.SentAsync();

        await _bench.HearAsync(id, OutcomeKind.BouncedHard, recipient: "other@z.example");

        Assert.Empty(_bench.Suppressed);
    }

    [Fact]
    public async Task Record_SuppressionNotKept_IsAskedForAgainByTheRepetition()
    {
        var id = await _bench.SentAsync();
        var heard = _bench.Heard(id, OutcomeKind.Complained);
        _bench.CanSuppress = false;
        Assert.False(await _bench.Events.RecordAsync([heard]));
        _bench.CanSuppress = true;

        Assert.True(await _bench.Events.RecordAsync([heard]));

        Assert.Equal(2, _bench.Suppressed.Count);
        Assert.Equal((1, 0, 1), _bench.Counted());
    }

    [Fact]
    public async Task Record_TimeInTheFuture_IsTakenForNow()
    {
        var id = await _bench.SentAsync();

        var entry = await _bench.HearAsync(id, OutcomeKind.Delivered, minutesAgo: -100_000);

        Assert.Equal(_bench.Time.GetUtcNow(), entry.Outcome!.Value.Time);
    }

    [Fact]
    public async Task Tick_EventThatWaitedForItsEntry_HasItsEffectThen()
    {
        var id = await WaitingAsync(OutcomeKind.BouncedHard, "0102018f-abc-000000");

        await _bench.Events.TickAsync();

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(id)).State);
        Assert.Equal("to@y.example", Assert.Single(_bench.Suppressed).Recipient);
    }

    [Fact]
    public async Task Tick_SuppressionNotKept_IsAskedForAgainBeforeMoreIsMatched()
    {
        await WaitingAsync(OutcomeKind.Complained, "0102018f-abc-000000");
        _bench.CanSuppress = false;
        await _bench.Events.TickAsync();
        await WaitingAsync(OutcomeKind.Complained, "0102018f-abc-000001", "other@y.example");
        await _bench.Events.TickAsync();
        Assert.Equal((2, 1), (_bench.Suppressed.Count, _bench.Suppressed.Distinct().Count()));
        _bench.CanSuppress = true;

        await _bench.Events.TickAsync();
        await _bench.Events.TickAsync();

        Assert.Equal((4, 2), (_bench.Suppressed.Count, _bench.Suppressed.Distinct().Count()));
        Assert.Equal(2, _bench.Counted().Complaints);
    }

    // An entry whose provider's id becomes known after an event was told under it.
    private async Task<long> WaitingAsync(OutcomeKind kind, string providerId, string recipient = "to@y.example")
    {
        var id = await _bench.LeaseAsync(recipient);
        await _bench.Events.RecordAsync([_bench.Heard(id, kind) with { Correlation = null, ProviderId = providerId }]);
        await _bench.Store.SettleAsync(new Settlement
        {
            EntryId = id,
            Epoch = 1,
            State = EntryState.Relayed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "Ok",
            ProviderId = providerId,
        });
        return id;
    }

    private static IEnumerable<ImmutableArray<T>> Orders<T>(IEnumerable<T> items)
    {
        var all = items.ToImmutableArray();
        return all.Length <= 1 ? [all] : all.SelectMany(first => Orders(all.Remove(first)).Select(rest => rest.Insert(0, first)));
    }
}
