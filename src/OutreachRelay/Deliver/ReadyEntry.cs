using System.Collections.Immutable;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>A due entry in memory, on its way to a worker.</summary>
/// <remarks>Its mutable members belong to the schedule's lock until a worker holds the entry, and to the worker from then on.</remarks>
public sealed class ReadyEntry(SenderLane lane, QueueEntry entry, StoredMessage? message)
{
    public SenderLane Lane { get; } = lane;

    public DirectionQueue Home => Lane.Home;

    public QueueEntry Entry { get; } = entry;

    /// <summary>The message of a just accepted entry; <see langword="null"/> when it is to be read from the store.</summary>
    public StoredMessage? Message { get; } = message;

    /// <summary>The upstream that an entry must go back to, because it may have taken the message.</summary>
    public string? Pinned => Entry.MaybeSent || Entry.State == EntryState.InDoubt ? Entry.Upstream : null;

    /// <summary>The upstream that its last attempt is to be repeated at, as long as that can take it; <see langword="null"/>: any.</summary>
    public string? ReturnsTo { get; init; }

    /// <summary>Upstreams that failed this entry in this round, before it was anyone's fault but theirs.</summary>
    public List<string> Excluded { get; } = [];

    /// <summary>Upstreams that cannot carry this entry, however healthy they are: they lack an extension, or take no message of its size.</summary>
    public List<string> Unfit { get; } = [];

    /// <summary>Upstreams by which its sender's domain must not leave, because preflight fails there; looked at anew whenever it is routed.</summary>
    public ImmutableArray<string> Barred { get; set; } = [];

    /// <summary>Whether it has passed its sender's gate, which stays closed until the entry is given back.</summary>
    public bool HoldsGate { get; set; }

    /// <summary>The rate of which a message is promised to it, until its lease; <see langword="null"/> for none.</summary>
    public RateBucket? Promise { get; set; }

    /// <summary>Whether the schedule is done with it. A worker that was given up may still come back with it.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Whether it is the one trial of a half-open upstream.</summary>
    public bool IsTrial { get; set; }
}
