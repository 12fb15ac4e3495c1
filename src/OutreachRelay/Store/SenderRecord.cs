namespace OutreachRelay.Store;

/// <summary>What is kept of a sender, or of a sender domain, beside its counters.</summary>
/// <param name="Name">The sender's key, or the domain in A-labels and lower case.</param>
/// <param name="LastSent">When its last attempt began; <see langword="null"/> before the first.</param>
/// <param name="Resumed">The local date of its first mail after it had sent nothing for long; <see langword="null"/> when that has not happened.</param>
/// <param name="Condition"><see langword="null"/> while nothing was ever amiss.</param>
public sealed record SenderRecord(string Name, DateTimeOffset? LastSent, DateOnly? Resumed, SenderCondition? Condition);

/// <summary>How a sender or domain is doing. The numbers are stored.</summary>
public enum SenderStatus
{
    Healthy = 0,

    /// <summary>It sends with longer gaps and less weight.</summary>
    Degraded = 1,

    /// <summary>It sends nothing until its dwell time is over.</summary>
    Paused = 2,

    /// <summary>After a pause: a small part of its cap, until enough went well.</summary>
    Trial = 3,
}

/// <summary>A status with its history; what the operator said stands beside what was observed, and neither lifts the other.</summary>
/// <param name="Since">When the status began.</param>
/// <param name="Until">When a pause may turn into a trial; <see langword="null"/> in other states, and for a pause that only the operator ends.</param>
/// <param name="Pauses">Pauses in a row: each doubles the dwell time.</param>
/// <param name="Reason">With numbers and rule; empty when healthy. Never holds remote text.</param>
/// <param name="Operator">The operator's own pause, or <see langword="null"/>.</param>
public sealed record SenderCondition(
    SenderStatus Status, DateTimeOffset Since, DateTimeOffset? Until, int Pauses, string Reason, OperatorPause? Operator)
{
    /// <summary>Nothing is amiss.</summary>
    public static readonly SenderCondition Healthy = new(SenderStatus.Healthy, DateTimeOffset.UnixEpoch, null, 0, "", null);
}

/// <param name="Until"><see langword="null"/>: until the operator resumes it.</param>
/// <param name="Reason">The operator's words.</param>
public sealed record OperatorPause(DateTimeOffset Since, DateTimeOffset? Until, string Reason);
