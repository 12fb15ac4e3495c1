using System.Collections.Immutable;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>What <c>GET /api/v1/status</c> answers.</summary>
public sealed record StatusReport
{
    /// <summary>The program's.</summary>
    public required string Version { get; init; }

    /// <summary>That of the configuration in force.</summary>
    public required string ModelVersion { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>In seconds.</summary>
    public required long Uptime { get; init; }

    public required bool Ready { get; init; }

    /// <summary>Why it is not ready; empty when it is.</summary>
    public required string Reason { get; init; }

    public required StoreReport Store { get; init; }

    /// <summary>When what waited in a store restored from a backup was held; <see langword="null"/> when nothing is held, or not for that.</summary>
    public DateTimeOffset? RestoredAt { get; init; }

    /// <summary>Unfinished entries by state.</summary>
    public required QueueCounts Queue { get; init; }

    public required OldestReport Oldest { get; init; }
    public required ImmutableArray<UpstreamReport> Upstreams { get; init; }

    /// <summary>What is wrong, the oldest first.</summary>
    public required ImmutableArray<AlertReport> Alerts { get; init; }

    /// <summary>How many sender addresses the configuration has.</summary>
    public required int Senders { get; init; }

    /// <summary><see langword="null"/> before the first reload.</summary>
    public required ReloadReport? LastReload { get; init; }
}

public sealed record StoreReport(StoreStatus Status, string Reason);

/// <summary>How long ago the oldest entry of each state was accepted, in seconds; <see langword="null"/> where there is none.</summary>
public sealed record OldestReport(long? Queued, long? InDoubt, long? Held, long? Dead);

/// <param name="Reason">Why the circuit is not closed; untrusted text, empty when it is.</param>
/// <param name="Since">Of the state.</param>
/// <param name="Sessions">Open connections.</param>
public sealed record UpstreamReport(string Name, int Tier, CircuitState State, string Reason, DateTimeOffset? Since, int Sessions);

/// <param name="Subject">What it is about; empty for the node.</param>
/// <param name="Text">A sentence; remote text in it is escaped.</param>
public sealed record AlertReport(AlertName Alert, string Subject, AlertSeverity Severity, string Text, DateTimeOffset Since)
{
    public static AlertReport Of(Alert alert) => new(alert.Name, alert.Subject, alert.Severity, alert.Text, alert.Since);
}

/// <param name="Message">What was wrong, in one line; empty on success.</param>
public sealed record ReloadReport(DateTimeOffset At, bool Success, string Message);

/// <summary>What <c>/readyz</c> answers.</summary>
public sealed record ReadinessReport(bool Ready, string Reason, ImmutableArray<UpstreamReport> Upstreams);
