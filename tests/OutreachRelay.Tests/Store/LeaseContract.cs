using OutreachRelay.Store;

namespace OutreachRelay.Tests.Store;

public abstract class LeaseContract(StoreHarness harness) : StoreContract(harness)
{
    [Fact]
    public async Task Lease_DueEntry_WritesAttemptAndFrozenRendering()
    {
        var entry = await AcceptOneAsync();

        var lease = await LeaseAsync(entry.Id, entry.Epoch);

        Assert.Equal(new LeaseResult(LeaseOutcome.Leased, 1, 1), lease);
        var loaded = await Store.LoadAsync(entry.Id, CancellationToken.None);
        Assert.Equal("frozen"u8.ToArray(), loaded!.Frozen.ToArray());
        Assert.Equal((EntryState.Leased, "sendgrid"), (loaded.Entry.State, loaded.Entry.Upstream));
        var attempt = Assert.Single(await Store.ReadAttemptsAsync(entry.Id, CancellationToken.None));
        Assert.Equal(new AttemptRecord(1, "sendgrid", "key1", "corr0", Time.GetUtcNow(), null, null, 0, null), attempt);
    }

    [Theory]
    [InlineData(EntryState.Leased)]
    [InlineData(EntryState.Held)]
    [InlineData(EntryState.Dead)]
    [InlineData(EntryState.Relayed)]
    [InlineData(EntryState.Failed)]
    [InlineData(EntryState.Dropped)]
    public async Task Lease_EntryThatIsNotWaiting_IsGone(EntryState state)
    {
        var entry = await MakeAsync(state);

        Assert.Equal(LeaseOutcome.Gone, (await LeaseAsync(entry.Id, entry.Epoch)).Outcome);
    }

    [Fact]
    public async Task Lease_UnknownEntry_IsGone() => Assert.Equal(LeaseOutcome.Gone, (await LeaseAsync(12345, 0)).Outcome);

    [Fact]
    public async Task Lease_ExpiredEntry_IsGone()
    {
        var entry = await AcceptOneAsync();
        Pass(TimeSpan.FromDays(3));

        Assert.Equal(LeaseOutcome.Gone, (await LeaseAsync(entry.Id, 0)).Outcome);
    }

    [Fact]
    public async Task Lease_OldEpoch_IsGone()
    {
        var entry = await MakeAsync(EntryState.InDoubt);

        Assert.Equal(LeaseOutcome.Gone, (await LeaseAsync(entry.Id, 0)).Outcome);
        Assert.Equal(LeaseOutcome.Leased, (await LeaseAsync(entry.Id, 1)).Outcome);
    }

    [Fact]
    public async Task Lease_AskedByManyAtOnce_IsGivenOnce()
    {
        var entry = await AcceptOneAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await LeaseAsync(entry.Id, 0))));

        Assert.Single(results, result => result.Outcome == LeaseOutcome.Leased);
    }

    [Fact]
    public async Task W21_SecondLease_KeepsTheFirstFrozenRendering()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await SettleAsync(entry.Id, 1, EntryState.Queued);

        var lease = await LeaseAsync(entry.Id, 1, "another"u8.ToArray());

        Assert.Equal(new LeaseResult(LeaseOutcome.Leased, 2, 2), lease);
        Assert.Equal("frozen"u8.ToArray(), (await Store.LoadAsync(entry.Id, CancellationToken.None))!.Frozen.ToArray());
    }

    [Fact]
    public async Task L8_S49_Lease_UsesUpTheUpstreamsDayAndMonthTogether()
    {
        var (day, month) = (Key("ses", CounterScope.UpstreamDay), new CounterKey(CounterScope.UpstreamMonth, "ses", new DateOnly(2026, 3, 1)));
        var outcomes = new List<LeaseOutcome>();
        foreach (var recipient in (string[])["one@example.com", "two@example.com", "three@example.com"])
        {
            var entry = await AcceptOneAsync(recipient);
            outcomes.Add((await Store.LeaseAsync(new LeaseRequest(entry.Id, 0, "ses", "key1", "corr", "frozen"u8.ToArray(), TimeSpan.FromMinutes(10))
            {
                Claims = [new CounterClaim(day, 9, long.MaxValue), new CounterClaim(month, 2, long.MaxValue)],
            })).Outcome);
            if (outcomes[^1] == LeaseOutcome.Leased)
                await SettleAsync(entry.Id, 1, EntryState.Failed, Key("a@s.example"));
        }

        Assert.Equal([LeaseOutcome.Leased, LeaseOutcome.Leased, LeaseOutcome.Full], outcomes);
        var counters = await Store.ReadCountersAsync(Today, CancellationToken.None);
        Assert.Equal([2, 2], new[] { day, month }.Select(key => counters.Single(counter => counter.Key == key).Used));
    }

    [Fact]
    public async Task L8_LastMessageOfAnUpstream_IsGivenToOneOfManyLeases()
    {
        var claim = new CounterClaim(Key("ses", CounterScope.UpstreamDay), 1, long.MaxValue);
        var entries = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AcceptOneAsync($"p{i}@example.com")));

        var leases = await Task.WhenAll(entries.Select(entry => Task.Run(async () => await Store.LeaseAsync(
            new LeaseRequest(entry.Id, 0, "ses", "key1", "corr", "frozen"u8.ToArray(), TimeSpan.FromMinutes(10)) { Claims = [claim] }))));

        Assert.Single(leases, lease => lease.Outcome == LeaseOutcome.Leased);
        Assert.All(leases, lease => Assert.True(lease.Outcome is LeaseOutcome.Leased or LeaseOutcome.Full));
    }

    [Fact]
    public async Task ReadCounters_FromTheMiddleOfAMonth_HasThatMonthOfUpstreams()
    {
        var entry = await AcceptOneAsync();
        var month = new CounterKey(CounterScope.UpstreamMonth, "ses", new DateOnly(2026, 3, 1));
        var before = new CounterKey(CounterScope.UpstreamDay, "ses", new DateOnly(2026, 3, 1));
        await Store.LeaseAsync(new LeaseRequest(entry.Id, 0, "ses", "key1", "corr", "frozen"u8.ToArray(), TimeSpan.FromMinutes(10))
        {
            Claims = [new CounterClaim(month, 9, long.MaxValue), new CounterClaim(before, 9, long.MaxValue)],
        });

        var read = await Store.ReadCountersAsync(new DateOnly(2026, 3, 20), CancellationToken.None);
        Assert.Equal([new CounterValue(month, 1)], read);
        Assert.Single(await Store.ReadCountersAsync(new DateOnly(2026, 3, 1), CancellationToken.None), counter => counter.Key == month);
        Assert.DoesNotContain(await Store.ReadCountersAsync(new DateOnly(2026, 4, 2), CancellationToken.None), counter => counter.Key == month);
    }

    [Fact]
    public async Task Settle_Deferred_WaitsForItsNextAttempt()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);

        var result = await SettleAsync(entry.Id, 1, EntryState.Queued);

        var after = await ReadAsync(entry.Id);
        Assert.Equal(SettleOutcome.Settled, result.Outcome);
        Assert.Equal((EntryState.Queued, 1, "2.0.0 ok"), (after.State, after.Attempts, after.LastReply));
        Assert.Equal(Time.GetUtcNow().AddMinutes(5), after.Due);
        var attempt = Assert.Single(await Store.ReadAttemptsAsync(entry.Id, CancellationToken.None));
        Assert.Equal((AttemptStage.FinalDot, 250, Time.GetUtcNow()), (attempt.Stage, attempt.Code, attempt.EndedAt));
    }

    [Fact]
    public async Task Settle_Twice_IsStale()
    {
        var entry = await MakeAsync(EntryState.Relayed);

        Assert.Equal(SettleOutcome.Stale, (await SettleAsync(entry.Id, 1, EntryState.Failed)).Outcome);
        Assert.Equal(EntryState.Relayed, (await ReadAsync(entry.Id)).State);
    }

    [Fact]
    public async Task Settle_UnitGivenBack_LowersTheCounterOnce()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);

        var result = await SettleAsync(entry.Id, 1, EntryState.Failed, Key("a@s.example"));

        Assert.Equal([new CounterValue(Key("a@s.example"), 0)], result.Counters);
        Assert.Equal(0, await UsedAsync("a@s.example"));
        Assert.Null((await ReadAsync(entry.Id)).UnitDate);
    }

    [Fact]
    public async Task Settle_LongReply_IsCutWithoutSplittingACharacter()
    {
        var entry = await AcceptOneAsync();
        await LeaseAsync(entry.Id, 0);
        await Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = 1,
            State = EntryState.Failed,
            UsedStep = false,
            Stage = AttemptStage.Rcpt,
            Code = 550,
            Reply = new string('x', 1023) + "\U0001F600",
        });

        Assert.Equal(new string('x', 1023), (await ReadAsync(entry.Id)).LastReply);
    }

    [Fact]
    public async Task S31_HolderThatWasNotHeardOf_CannotSettleOnceAnotherHasTheEntry()
    {
        var entry = await MakeAsync(EntryState.Leased);
        Pass(TimeSpan.FromMinutes(11));
        Assert.Single(await Store.SweepAsync(10, GiveBack));
        var inDoubt = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.InDoubt, 1), (inDoubt.State, inDoubt.Attempts));

        Assert.Equal(LeaseOutcome.Leased, (await LeaseAsync(entry.Id, 1)).Outcome);
        Assert.Equal(SettleOutcome.Stale, (await SettleAsync(entry.Id, 1, EntryState.Relayed)).Outcome);
        Assert.Equal(SettleOutcome.Settled, (await SettleAsync(entry.Id, 2, EntryState.Relayed)).Outcome);
    }

    [Fact]
    public async Task Settle_AfterTheLeaseRanOutAndNobodyTookIt_EndsTheDoubtAndCountsOneStep()
    {
        var entry = await MakeAsync(EntryState.Leased);
        Pass(TimeSpan.FromMinutes(11));
        await Store.SweepAsync(10, GiveBack);

        Assert.Equal(SettleOutcome.Settled, (await SettleAsync(entry.Id, 1, EntryState.Relayed)).Outcome);

        var settled = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.Relayed, 1), (settled.State, settled.Attempts));
    }

    [Fact]
    public async Task Renew_RunningLease_MovesItsEnd()
    {
        var entry = await MakeAsync(EntryState.Leased);
        Pass(TimeSpan.FromMinutes(9));

        Assert.True(await Store.RenewAsync(entry.Id, 1, TimeSpan.FromMinutes(10)));
        Assert.False(await Store.RenewAsync(entry.Id, 0, TimeSpan.FromMinutes(10)));

        Pass(TimeSpan.FromMinutes(9));
        Assert.Empty(await Store.SweepAsync(10, GiveBack));
    }

    [Fact]
    public async Task S30_LeasedAtARestart_IsInDoubt()
    {
        var entry = await MakeAsync(EntryState.Leased);

        await ReopenAsync();

        var after = await ReadAsync(entry.Id);
        Assert.Equal((EntryState.InDoubt, 1, "sendgrid"), (after.State, after.Attempts, after.Upstream));
        Assert.Equal(Time.GetUtcNow().AddMinutes(15), after.Due);
        Assert.Equal(new QueueCounts(0, 0, 1, 0, 0), Store.Counts);
        Assert.Equal(StoreEventKind.InDoubt, Assert.Single(await Store.ReadEventsAsync(entry.Id, CancellationToken.None)).Kind);
    }
}
