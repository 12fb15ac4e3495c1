using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>What decides about an unfinished entry, as the schedule would find it now.</summary>
public sealed record WaitFacts
{
    public required QueueEntry Entry { get; init; }
    public required RelayModel Model { get; init; }
    public required DateTimeOffset Now { get; init; }

    public required StoreHealth Store { get; init; }

    /// <summary>How its sender stands; <see langword="null"/> without a sender, or when the model does not have it.</summary>
    public SenderStanding? Standing { get; init; }

    public EntryPlace Place { get; init; }

    /// <summary>The upstreams of its direction.</summary>
    public ImmutableArray<UpstreamAnswer> Upstreams { get; init; } = [];

    /// <summary>What its sender's gate says to it.</summary>
    public GateAnswer Gate { get; init; }

    /// <summary>When its turn at the gate comes.</summary>
    public GateOutlook Turn { get; init; }

    /// <summary>What keeps its sender from taking another mail today.</summary>
    public SenderObstacle Today { get; init; }

    /// <summary>Whether its direction has a sender that is not paused.</summary>
    public bool HasEligible { get; init; }

    /// <summary>When the first paused sender of its direction may return, as far as is known.</summary>
    public DateTimeOffset? NextReturn { get; init; }

    /// <summary>When it could leave with another unit or another sender; <see langword="null"/>: not before it expires.</summary>
    public DateTimeOffset? NextPlace { get; init; }

    /// <summary>The operator's hold under which it falls; <see langword="null"/> for none.</summary>
    public QueueHold? Scope { get; init; }

    /// <summary>Why its recipient is not to be mailed; <see langword="null"/> when it may be.</summary>
    public SuppressionRecord? Suppression { get; init; }

    /// <summary>Who dropped it and why; <see langword="null"/> when nobody did.</summary>
    public StoreEvent? Drop { get; init; }

    /// <summary>Who held it and why; <see langword="null"/> when that is not known.</summary>
    public StoreEvent? Hold { get; init; }
}
