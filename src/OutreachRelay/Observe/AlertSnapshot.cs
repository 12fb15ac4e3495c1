using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>What the alerts are decided on, as it was at one moment. Spans are ages at that moment.</summary>
internal sealed record AlertSnapshot
{
    public required DateTimeOffset Now { get; init; }
    public required ImmutableArray<UpstreamFacts> Upstreams { get; init; }
    public required ImmutableArray<DirectionFacts> Directions { get; init; }
    public required ImmutableArray<PoolStanding> Pools { get; init; }

    /// <summary>Holds that health has begun, not the operator.</summary>
    public required ImmutableArray<QueueHold> Holds { get; init; }

    public required StoreHealth Store { get; init; }

    /// <summary><see langword="null"/> before the first reload.</summary>
    public required ReloadResult? LastReload { get; init; }

    public required long InDoubt { get; init; }

    /// <summary>How long the oldest is in doubt; <see langword="null"/> when none is, or too many to be asked.</summary>
    public required TimeSpan? OldestInDoubt { get; init; }

    /// <summary>Entries that came into the dead letter queue within the last hour.</summary>
    public required long DeadInHour { get; init; }

    /// <summary>Entries that attempts brought to an end within the last hour: relayed, failed or dead.</summary>
    public required long EndedInHour { get; init; }

    /// <summary>By how much the wall clock was set lately, forward if positive; <see langword="null"/> when it was not.</summary>
    public required TimeSpan? ClockStep { get; init; }

    public required ImmutableArray<CertificateFacts> Certificates { get; init; }

    /// <summary>Sender domains whose mail would not be taken for theirs.</summary>
    public ImmutableArray<PreflightFailure> Preflight { get; init; } = [];

    /// <summary>Webhooks whose requests have lately not proved to be the provider's.</summary>
    public ImmutableArray<WebhookTrouble> Webhooks { get; init; } = [];
}

/// <param name="For">How long the state holds.</param>
/// <param name="DownFor">How long the circuit is not closed; <see langword="null"/> when it is.</param>
/// <param name="Reason">Untrusted text.</param>
internal sealed record UpstreamFacts(
    string Name, CircuitState State, TimeSpan For, TimeSpan? DownFor, bool IsAccountRefused, string Reason)
{
    /// <summary>Whether it is not used because what it carried was blocked.</summary>
    public bool IsPaused { get; init; }
}

/// <param name="Name"><c>client/direction</c>.</param>
/// <param name="Late">How long mail of it waits that is due and whose sender may send; zero when there is none.</param>
internal readonly record struct DirectionFacts(string Name, ImmutableArray<string> Upstreams, TimeSpan Late);

internal readonly record struct CertificateFacts(string Listener, DateTimeOffset Expires);
