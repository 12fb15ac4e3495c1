using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Workers whose attempts do not end.</summary>
public sealed class UpstreamWorkersTests
{
    private static readonly LaneKey Lane = new("acme", "cold", "a@x.example");

    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S45_WorkerWithoutProgress_IsCutOffAndTheEntryGoesBack(bool listens)
    {
        _store.LoadGate = cancel => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, listens ? cancel : CancellationToken.None);
        var (schedule, workers) = Start();
        Feed(schedule);
        await Eventually.TrueAsync(() => _store.Loads == 1);

        _time.Advance(TimeSpan.FromHours(1));
        if (!listens)
            _time.Advance(TimeSpan.FromMinutes(1));

        // Given back, it is in memory no longer, and the lane is read again when it may be tried.
        await Eventually.TrueAsync(() => schedule.Look(Direction, Entries.Queued()).Place == EntryPlace.Store);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.True(schedule.NextRead(out _) is { Tried: true, Untried: > 0 });
        await workers.StopAsync(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(EntryRank.First, true)]
    [InlineData(EntryRank.Tried, false)]
    public async Task S45_AttemptBreaksOff_ItsEntryIsReadAgainAsWhatItIs(EntryRank rank, bool asUntried)
    {
        _store.LoadGate = static _ => throw new IOException("the disk");
        var (schedule, workers) = Start();
        Feed(schedule, rank);
        await Eventually.TrueAsync(() => schedule.Look(Direction, Entries.Queued()).Place == EntryPlace.Store);

        _time.Advance(TimeSpan.FromSeconds(30));

        // It may have been leased before: then it is in doubt, and counts as tried.
        var read = Assert.NotNull(schedule.NextRead(out _));
        Assert.Equal((true, asUntried), (read.Tried, read.Untried > 0));
        await workers.StopAsync(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S45_TrialWithoutProgress_LetsTheNextOneThrough(bool listens)
    {
        _store.LoadGate = cancel => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, listens ? cancel : CancellationToken.None);
        var (schedule, workers) = Start();
        var upstream = schedule.Upstreams()[0];
        schedule.Observe(upstream, (health, now) => health.Refused(now, "down", TimeSpan.FromMinutes(15)));
        schedule.Observe(upstream, (health, now) => health.Probed(now, succeeded: true, ""));
        Feed(schedule);
        await Eventually.TrueAsync(() => _store.Loads == 1);
        Assert.False(upstream.Health.CanTake);

        _time.Advance(TimeSpan.FromHours(1));
        if (!listens)
            _time.Advance(TimeSpan.FromMinutes(1));

        await Eventually.TrueAsync(() => upstream.Health.CanTake);
        await workers.StopAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task S45_LeaseOfAnAttemptThatNeverEnds_IsNotRenewedForEver()
    {
        await using var renewal = new LeaseRenewal(_store, 1, 1, _time);

        for (var minutes = 0; minutes < 300; minutes += 5)
            _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(12, _store.Renewals);
    }

    private (Schedule Schedule, UpstreamWorkers Workers) Start()
    {
        var relay = new RelayState(Models.Relay(Models.Sender("a@x.example")), _time);
        var parts = new RotationParts(_time, _store);
        var schedule = new Schedule(relay, _store, parts.Rotation, parts.Gates, parts.Budgets, _time);
        var workers = new AttemptParts(_store, relay, schedule, parts, _time, _time, _time).Workers;
        schedule.Apply(relay.Model);
        return (schedule, workers);
    }

    private static DirectionModel Direction => Models.Relay(Models.Sender("a@x.example")).Clients["acme"].Directions["cold"];

    private void Feed(Schedule schedule, EntryRank rank = EntryRank.First)
    {
        schedule.AddLanes([new LaneHead(Lane, _time.GetUtcNow())]);
        var read = schedule.NextRead(out _);
        schedule.AddPage(Assert.NotNull(read), [Entries.Queued() with { Rank = rank, Due = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow().AddDays(3) }], null, null);
    }
}
