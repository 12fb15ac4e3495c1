using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>What the API speaks for.</summary>
public sealed record AdminParts
{
    public required IStore Store { get; init; }
    public required Readiness Readiness { get; init; }
    public required TimeProvider Time { get; init; }
    public required ILogger Log { get; init; }

    public required RelayState State { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>The upstreams as they are now.</summary>
    public required Func<ImmutableArray<UpstreamReport>> Upstreams { get; init; }

    public required AlertBook Alerts { get; init; }

    /// <summary>The counters to which a dropped entry's unit returns.</summary>
    public required Func<QueueEntry, ImmutableArray<CounterKey>> GiveBack { get; init; }

    public required Schedule Schedule { get; init; }
    public required HoldBook Holds { get; init; }
    public required SenderGates Gates { get; init; }
    public required SenderView Senders { get; init; }
    public required SenderHealth Health { get; init; }

    /// <summary>What is known of the sender domains before their mail leaves.</summary>
    public required PreflightState Preflight { get; init; }

    /// <summary>Looks at a sender domain now; empty when there is none of the name.</summary>
    public required Func<string, CancellationToken, Task<ImmutableArray<PreflightReport>>> CheckPreflight { get; init; }

    /// <summary>Tells why mail is not leaving.</summary>
    public required EntryExplainer Explainer { get; init; }

    /// <summary>Who is not mailed.</summary>
    public required SuppressionBook Suppressions { get; init; }

    /// <summary>Takes mail that came back.</summary>
    public required BounceIntake Bounces { get; init; }

    /// <summary>When the entries of a restored store were held, or <see langword="null"/>.</summary>
    public DateTimeOffset? RestoredAt { get; init; }

    /// <summary>Called when events that were given up are to be told again.</summary>
    public required Action HooksChanged { get; init; }

    /// <summary>Called when entries may have become due.</summary>
    public required Action QueueChanged { get; init; }
}
