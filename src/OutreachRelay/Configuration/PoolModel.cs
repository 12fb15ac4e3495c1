using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Configuration;

/// <summary>What a follow-up is bound to.</summary>
public enum Stickiness
{
    Off,

    /// <summary>The thread (<c>In-Reply-To</c>, <c>References</c>).</summary>
    Thread,

    /// <summary>The recipient within the client; includes the thread rule.</summary>
    Recipient,
}

/// <summary>A set of addresses that one rotation uses.</summary>
public sealed record PoolModel
{
    public required string Name { get; init; }

    /// <summary>In the order of the configuration.</summary>
    public required ImmutableArray<SenderModel> Senders { get; init; }

    /// <summary>Recipients per day of all the pool's senders in one domain, or <see langword="null"/>.</summary>
    public required long? DomainDailyLimit { get; init; }

    public required Stickiness Sticky { get; init; }
}

/// <summary>An address we may send from.</summary>
public sealed record SenderModel
{
    public required Mailbox Address { get; init; }

    /// <summary><see cref="Mailbox.Key"/>: the name under which its state, counters and assignments are kept.</summary>
    public required string Key { get; init; }

    /// <summary>The domain in A-labels and lower case.</summary>
    public required string Domain { get; init; }

    /// <summary>Without quotes or encoding; empty for none. Never holds a control character.</summary>
    public required string DisplayName { get; init; }

    public required string Pool { get; init; }

    /// <summary>Recipients per local day; 0 keeps the address out of the rotation.</summary>
    public required int DailyLimit { get; init; }

    /// <summary>Share relative to the others of the pool; 0: never chosen for a first mail.</summary>
    public required double Weight { get; init; }

    /// <summary>Whose midnight resets the counters.</summary>
    public required TimeZoneInfo TimeZone { get; init; }

    /// <summary>Names of the upstreams that may carry it; empty: all of its direction.</summary>
    public required ImmutableArray<string> Upstreams { get; init; }
}

/// <summary>What is known of a sender domain.</summary>
/// <param name="Name">In A-labels and lower case.</param>
/// <param name="ReturnPath">The envelope domain to use where the upstream lets us choose it, or <see langword="null"/>.</param>
public sealed record DomainModel(string Name, string? ReturnPath);
