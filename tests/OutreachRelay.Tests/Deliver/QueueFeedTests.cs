using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Deliver;

public sealed class QueueFeedTests
{
    private readonly FakeTime _time = new();
    private readonly FakeStore _store = new();

    [Fact]
    public async Task L29_PausedSenderWithManyFollowUps_ItsFirstMailsMoveAtOnce()
    {
        for (var id = 1; id <= 100; id++)
            Add(id, EntryRank.FollowUp);
        Add(101, EntryRank.First);
        Add(102, EntryRank.FirstLow);

        await ReadWithPausedSenderAsync();

        Assert.Equal(
            [(EntryActionKind.Reassign, 101L), (EntryActionKind.Reassign, 102L)],
            _store.Actions.Select(action => (action.Kind, action.Ids.Single())).Distinct());
    }

    private void Add(long id, EntryRank rank) => _store.Entries.Add(id, Entries.Queued(id) with
    {
        Rank = rank,
        Due = _time.GetUtcNow(),
        ExpiresAt = _time.GetUtcNow().AddDays(3),
    });

    private async Task ReadWithPausedSenderAsync()
    {
        var relay = new RelayState(Models.Relay(Models.Sender("a@x.example"), Models.Sender("b@x.example")), _time);
        var parts = new RotationParts(_time, _store);
        var schedule = new Schedule(relay, _store, parts.Rotation, parts.Gates, parts.Budgets, _time);
        schedule.Apply(relay.Model);
        lock (parts.Ledger.Gate)
            parts.Ledger.Senders.Get("a@x.example", "x.example").Bar = new PreflightBar(_time.GetUtcNow(), "no key is published");
        var feed = new QueueFeed(_store, schedule, relay, parts.Rotation, parts.Due, _time, NullLogger<QueueFeed>.Instance);

        await feed.ReadWantedAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
    }
}
