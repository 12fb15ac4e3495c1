using System.Collections.Immutable;

namespace OutreachRelay.Configuration;

/// <summary>What becomes of an entry whose outcome at its upstream stayed unknown for <see cref="DeliveryModel.InDoubtWait"/>.</summary>
public enum InDoubtAction
{
    /// <summary>The same upstream gets the same octets again: the recipient may get two, never none.</summary>
    Retry,

    /// <summary>The entry is held for the operator: the recipient may get none, never two.</summary>
    Hold,
}

/// <summary>What happens to a message, at its acceptance, that no sender has a slot for before it expires.</summary>
public enum NoSlotAction
{
    /// <summary>It is refused for now, so that the client hears of it.</summary>
    Refuse,

    /// <summary>It is accepted; without a slot that becomes free it expires.</summary>
    Accept,
}

/// <summary>How entries are retried and when they end.</summary>
public sealed record DeliveryModel
{
    /// <summary>The waits after the first, second … transient reply; then the dead letter queue.</summary>
    public required ImmutableArray<TimeSpan> Retry { get; init; }

    /// <summary>From acceptance on; ends an entry in every unfinished state.</summary>
    public required TimeSpan Expire { get; init; }

    public required TimeSpan ProbeInterval { get; init; }
    public required InDoubtAction InDoubt { get; init; }
    public required TimeSpan InDoubtWait { get; init; }

    /// <summary>At acceptance, when no sender has a slot before the message would expire.</summary>
    public NoSlotAction NoSlot { get; init; }

    /// <summary>How long running sessions and attempts may take after a stop signal.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>How long finished entries stay in the store.</summary>
    public required TimeSpan Retention { get; init; }
}
