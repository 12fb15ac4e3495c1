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
    public required ImmutableArray<SenderModel> Senders
    {
        get;
        init
        {
            field = value;
            SharesDiffer = value.DistinctBy(static sender => sender.DailyLimit * sender.Weight).Skip(1).Any();
        }
    }

    /// <summary>Whether some senders, by limit and weight, are to send more of the pool's mail than others.</summary>
    public bool SharesDiffer { get; private init; }

    /// <summary>Recipients per day of all the pool's senders in one registered domain, or <see langword="null"/>.</summary>
    public required long? DomainDailyLimit { get; init; }

    /// <summary>The same per clock hour, or <see langword="null"/>.</summary>
    public long? DomainHourlyLimit { get; init; }

    public required Stickiness Sticky { get; init; }

    /// <summary>How long a follow-up waits for its paused sender before another takes over.</summary>
    public TimeSpan StickyMissing { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The least time between two messages of one sender.</summary>
    public TimeSpan Gap { get; init; }

    /// <summary>Whether a sender's mail is spread over what is left of its window.</summary>
    public bool Spread { get; init; }

    /// <summary>How the limit of a whole domain grows, for those with a <see cref="SenderModel.DomainWarmupSince"/>; or <see langword="null"/>.</summary>
    public RampModel? DomainWarmup { get; init; }

    public HealthModel Health { get; init; } = new();
}

/// <summary>An address we may send from.</summary>
public sealed record SenderModel
{
    public required Mailbox Address { get; init; }

    /// <summary><see cref="Mailbox.Key"/>: the name under which its state, counters and assignments are kept.</summary>
    public required string Key { get; init; }

    /// <summary>The domain in A-labels and lower case.</summary>
    public required string Domain { get; init; }

    /// <summary>The domain that was registered, which limits and health go by: <see cref="Domain"/> or one above it.</summary>
    public required string RegisteredDomain { get; init; }

    /// <summary>Without quotes or encoding; empty for none. Never holds a control character.</summary>
    public required string DisplayName { get; init; }

    public required string Pool { get; init; }

    /// <summary>Recipients per local day; 0 keeps the address out of the rotation.</summary>
    public required int DailyLimit { get; init; }

    /// <summary>Share relative to the others of the pool; 0: never chosen for a first mail.</summary>
    public required double Weight { get; init; }

    /// <summary>Whose midnight resets the counters.</summary>
    public required TimeZoneInfo TimeZone { get; init; }

    /// <summary>When it may send; shared by all senders with the same window and time zone.</summary>
    public required SendCalendar Calendar { get; init; }

    /// <summary>How its limit grows; <see langword="null"/>: it is warm.</summary>
    public WarmupModel? Warmup { get; init; }

    /// <summary>The first day on which any sender of the domain warmed up; <see langword="null"/> when the domain has no ramp.</summary>
    public DateOnly? DomainWarmupSince { get; init; }

    /// <summary>Names of the upstreams that may carry it; empty: all of its direction.</summary>
    public required ImmutableArray<string> Upstreams { get; init; }

    /// <summary>Whether an upstream of its direction may carry it.</summary>
    public bool MayUse(string upstream) => Upstreams.IsEmpty || Upstreams.Contains(upstream);
}

/// <summary>What is known of a sender domain.</summary>
/// <param name="Name">In A-labels and lower case.</param>
/// <param name="ReturnPath">The envelope domain to use where the upstream lets us choose it, or <see langword="null"/>.</param>
public sealed record DomainModel(string Name, string? ReturnPath)
{
    /// <summary>The keys that are ours, in the order of the configuration: mail of the domain is signed with each of them.</summary>
    public ImmutableArray<OwnKeyModel> OwnKeys { get; init; } = [];

    /// <summary>By upstream, the selectors with which it signs for the domain.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Selectors { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;
}
