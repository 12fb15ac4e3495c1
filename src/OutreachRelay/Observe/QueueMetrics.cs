using System.Diagnostics.Metrics;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>What stands in the queue. Counts come with every commit; ages are read by the clock, so that a scrape never waits for the store.</summary>
public sealed class QueueMetrics
{
    private static readonly EntryState[] Aged = [EntryState.Queued, EntryState.InDoubt, EntryState.Held, EntryState.Dead];

    private readonly IStore _store;
    private readonly TimeProvider _time;
    private volatile (EntryState State, DateTimeOffset CreatedAt)[] _oldest = [];

    public QueueMetrics(Meter meter, IStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        // Tags: state = queued | leased | in_doubt | held | dead.
        meter.CreateObservableGauge("outreach_queue_entries", () => Entries(store.Counts), null, "Unfinished entries by state.");
        // Tags: state = queued | in_doubt | held | dead.
        meter.CreateObservableGauge("outreach_queue_oldest_age", Ages, "s", "Age of the oldest unfinished entry by state.");
        meter.CreateObservableGauge("outreach_store_ready", () => store.Health.CanWrite ? 1 : 0, null, "1 when the store takes writes, else 0.");
    }

    /// <summary>Reads the ages anew.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        var oldest = new List<(EntryState State, DateTimeOffset CreatedAt)>();
        foreach (var state in Aged)
        {
            if (await _store.ReadOldestAsync(state, cancel) is { } createdAt)
                oldest.Add((state, createdAt));
        }
        _oldest = [.. oldest];
    }

    private IEnumerable<Measurement<double>> Ages() =>
        _oldest.Select(oldest => new Measurement<double>((_time.GetUtcNow() - oldest.CreatedAt).TotalSeconds, Tag(oldest.State)));

    private static Measurement<long>[] Entries(QueueCounts counts) =>
    [
        new(counts.Queued, Tag(EntryState.Queued)), new(counts.Leased, Tag(EntryState.Leased)), new(counts.InDoubt, Tag(EntryState.InDoubt)),
        new(counts.Held, Tag(EntryState.Held)), new(counts.Dead, Tag(EntryState.Dead)),
    ];

    private static KeyValuePair<string, object?> Tag(EntryState state) => new("state", state switch
    {
        EntryState.Queued => "queued",
        EntryState.Leased => "leased",
        EntryState.InDoubt => "in_doubt",
        EntryState.Held => "held",
        _ => "dead",
    });
}
