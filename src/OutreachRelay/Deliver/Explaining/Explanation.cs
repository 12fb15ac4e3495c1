using System.Collections.Immutable;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>Why an entry is where it is.</summary>
/// <param name="Sender">Why it has its sender.</param>
/// <param name="Waits">What it waits for, what ends last first; at least one.</param>
/// <param name="Earliest">When it may leave at the earliest; <see langword="null"/> when no time is known, or it never will.</param>
/// <param name="Upstreams">Those of its direction, lowest tier first; empty when it is finished.</param>
/// <param name="Candidates">Why each sender of its direction would be chosen now, or not; empty when it is finished.</param>
public sealed record Explanation(
    QueueEntry Entry, SenderReason Sender, ImmutableArray<Wait> Waits, DateTimeOffset? Earliest,
    ImmutableArray<UpstreamAnswer> Upstreams, ImmutableArray<ObstacleCount> Candidates)
{
    /// <summary>What was heard of it after it had left, the last ones, the first one first.</summary>
    public ImmutableArray<StoreEvent> Heard { get; init; } = [];
}
