using System.Collections.Immutable;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>What memory knows of a sender; found by its key, it lives across reloads.</summary>
/// <remarks>Not thread-safe: callers hold the ledger's lock.</remarks>
internal sealed class SenderState(string key, BudgetCounter units, BudgetCounter sent, DomainState domain)
{
    public string Key { get; } = key;

    /// <summary>From 0 up to but not including 1, another for each sender: where in a mail its share of a day begins.</summary>
    public double Phase { get; } = SenderDraw.Of(0, key, default, 0);

    /// <summary>Units taken, by local date.</summary>
    public BudgetCounter Units { get; } = units;

    /// <summary>Units on which an attempt was begun, by local date.</summary>
    public BudgetCounter Sent { get; } = sent;

    public DomainState Domain { get; } = domain;

    public SenderCondition Condition { get; set; } = SenderCondition.Healthy;

    /// <summary>Why preflight keeps it out of the rotation; <see langword="null"/> when it does not.</summary>
    public PreflightBar? Bar { get; set; }

    /// <summary>The upstreams by which mail of its domain must not leave because preflight fails there.</summary>
    public ImmutableArray<string> Failing { get; set; } = [];

    /// <summary>Grows with each choice: the least recently used sender has the lowest.</summary>
    public long LastUse { get; set; }

    /// <summary>When it last sent, by the wall's clock; <see langword="null"/> before the first mail.</summary>
    public DateTimeOffset? LastSent { get; set; }

    /// <summary>The last local date on which it sent; <see cref="DateOnly.MinValue"/> before the first mail.</summary>
    public DateOnly LastDate { get; set; }

    /// <summary>The date of its first mail after it had sent nothing for long.</summary>
    public DateOnly? Resumed { get; set; }

    /// <summary>When its gate opens again, on the clock that is never stepped.</summary>
    public DateTimeOffset NextOpen { get; set; } = DateTimeOffset.MinValue;

    /// <summary>The date whose first opening was drawn.</summary>
    public DateOnly DrawnFor { get; set; }

    /// <summary>Entries that have passed the gate and have not been sent yet.</summary>
    public int Outstanding { get; set; }

    /// <summary>What counts of its own status and its domain's: the worse one.</summary>
    public SenderStatus Status => IsPaused ? SenderStatus.Paused
        : IsOnTrial ? SenderStatus.Trial
        : HealthFactor < 1 ? SenderStatus.Degraded
        : SenderStatus.Healthy;

    public bool IsPaused => IsHalted || Bar is not null;

    /// <summary>Why it is paused, for people.</summary>
    public string PauseReason => !IsHalted && Bar is { } bar
        ? bar.Reason
        : Condition.Operator?.Reason ?? (Condition.Status == SenderStatus.Paused ? Condition.Reason : Domain.Condition.Operator?.Reason ?? Domain.Condition.Reason);

    /// <summary>Since when it is paused.</summary>
    public DateTimeOffset PausedSince => !IsHalted && Bar is { } bar
        ? bar.Since
        : IsStopped(Condition) ? Condition.Operator?.Since ?? Condition.Since : Domain.Condition.Operator?.Since ?? Domain.Condition.Since;

    /// <summary>When it may be paused no more; <see cref="DateTimeOffset.MaxValue"/> when no time is known.</summary>
    public DateTimeOffset PausedUntil => Bar is not null ? DateTimeOffset.MaxValue : EndOf(Condition) is var own && EndOf(Domain.Condition) is var shared && own > shared ? own : shared;

    public bool IsOnTrial => Condition.Status == SenderStatus.Trial || Domain.Condition.Status == SenderStatus.Trial;

    /// <summary>What its weight is multiplied with, and its gaps are divided by.</summary>
    public double HealthFactor =>
        Condition.Status == SenderStatus.Degraded || Domain.Condition.Status == SenderStatus.Degraded ? DegradedFactor : 1;

    private const double DegradedFactor = 0.5;

    /// <summary>Its local date, which does not go back when its zone is changed: a day's budget is given once.</summary>
    public DateOnly Today(DateOnly zoneDate) =>
        // More than a day ahead is no zone: the clock was wrong then.
        LastDate > zoneDate && LastDate <= zoneDate.AddDays(1) ? LastDate : zoneDate;

    private bool IsHalted => IsStopped(Condition) || IsStopped(Domain.Condition);

    // Whichever of the two pauses lasts longer.
    private static DateTimeOffset EndOf(SenderCondition condition)
    {
        var observed = condition.Status == SenderStatus.Paused ? condition.Until ?? DateTimeOffset.MaxValue : DateTimeOffset.MinValue;
        var told = condition.Operator is { } pause ? pause.Until ?? DateTimeOffset.MaxValue : DateTimeOffset.MinValue;
        return observed > told ? observed : told;
    }

    private static bool IsStopped(SenderCondition condition) => condition.Effective == SenderStatus.Paused;
}

/// <summary>What memory knows of a sender domain.</summary>
internal sealed class DomainState(string name, BudgetCounter units)
{
    public string Name { get; } = name;

    public BudgetCounter Units { get; } = units;

    public SenderCondition Condition { get; set; } = SenderCondition.Healthy;

    /// <summary>Its senders that were met so far.</summary>
    public List<SenderState> Senders { get; } = [];
}
