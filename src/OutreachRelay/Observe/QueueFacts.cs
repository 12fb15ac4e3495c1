using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>What of the alerts' figures only the store knows.</summary>
/// <param name="Lanes">Every lane in which mail waits.</param>
/// <param name="InDoubtSince">When the oldest entry came into doubt; <see langword="null"/> when none is in doubt, or more than <see cref="AlertRules.ManyInDoubt"/>.</param>
internal sealed record QueueFacts(ImmutableArray<LaneHead> Lanes, DateTimeOffset? InDoubtSince)
{
    public static readonly QueueFacts None = new([], null);

    public static async Task<QueueFacts> ReadAsync(IStore store, CancellationToken cancel) =>
        new(await store.ReadLanesAsync(cancel), await ReadInDoubtSinceAsync(store, cancel));

    private static async Task<DateTimeOffset?> ReadInDoubtSinceAsync(IStore store, CancellationToken cancel)
    {
        if (store.Counts.InDoubt is 0 or > AlertRules.ManyInDoubt)
            return null;
        DateTimeOffset? oldest = null;
        foreach (var entry in (await store.ListAsync(new EntryFilter { States = [EntryState.InDoubt], Limit = AlertRules.ManyInDoubt }, cancel)).Entries)
        {
            var events = await store.ReadEventsAsync(entry.Id, cancel);
            var since = events.FirstOrDefault(static one => one.Kind == StoreEventKind.InDoubt)?.At;
            oldest = since > oldest ? oldest : since ?? oldest;
        }
        return oldest;
    }
}
