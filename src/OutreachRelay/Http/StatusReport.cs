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

    /// <summary>The scopes that are held, the oldest first.</summary>
    public ImmutableArray<HoldReport> Holds { get; init; } = [];

    /// <summary>What is wrong, the oldest first.</summary>
    public required ImmutableArray<AlertReport> Alerts { get; init; }

    /// <summary>How the sender domains stand before their mail leaves.</summary>
    public required PreflightCounts Preflight { get; init; }

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
public sealed record UpstreamReport(string Name, int Tier, CircuitState State, string Reason, DateTimeOffset? Since, int Sessions)
{
    public required UpstreamUseReport Use { get; init; }

    /// <summary>Whether it keeps mail waiting, so that others of its tier go before it.</summary>
    public bool Slow { get; init; }

    /// <summary>The median of the last probes, in seconds; <see langword="null"/> before the first.</summary>
    public double? ProbeSeconds { get; init; }
}

/// <summary>What an upstream has carried of what it may, by days and months in UTC, and how fast it gets mail.</summary>
/// <param name="Today">Attempts begun.</param>
/// <param name="DailyLimit">Of that day, its warm-up included; <see langword="null"/> for none.</param>
/// <param name="Month">Attempts begun.</param>
/// <param name="Spend">What they cost; <see langword="null"/> when the price is not known.</param>
/// <param name="RateLevel">Messages that its rate lets through at once now; <see langword="null"/> without a rate.</param>
/// <param name="Concurrency">Attempts that it gets at a time.</param>
/// <param name="Full">Why it has no room; empty when it has.</param>
/// <param name="FullUntil"><see langword="null"/> when it has room.</param>
public sealed record UpstreamUseReport(
    long Today, long? DailyLimit, long Month, long? MonthlyLimit, decimal? Spend, decimal? MonthlyBudget, double? RateLevel, int Concurrency,
    string Full, DateTimeOffset? FullUntil)
{
    public static UpstreamUseReport Of(UpstreamUse use, double? rateLevel, int concurrency)
    {
        var limits = use.Limits;
        var day = limits.Day(use.Date);
        return new UpstreamUseReport(
            use.Today, day < long.MaxValue ? day : null, use.Month, limits.Monthly, limits.PricePer1000 is null ? null : use.Spend, limits.MonthlyBudget,
            rateLevel, concurrency, use.Reason, use.Until);
    }
}

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
