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

    /// <summary>The status that counts: the operator's pause stops whoever is well.</summary>
    public SenderStatus Effective => Operator is null ? Status : SenderStatus.Paused;

    /// <summary>Whether it is paused because no upstream takes its mail, and not for what became of it.</summary>
    public bool IsRefused => Status == SenderStatus.Paused && LastPause != Since;

    /// <summary>Where the samples begin that count; <see langword="null"/>: all of the window do.</summary>
    public SampleStart? Start { get; init; }

    /// <summary>When it was last paused for what became of its mail; <see langword="null"/>: never, or not since the operator resumed it.</summary>
    public DateTimeOffset? LastPause { get; init; }

    /// <summary>The same of the pause before the last.</summary>
    public DateTimeOffset? PauseBefore { get; init; }
}

/// <summary>What a local date had counted when samples began to count; what came before does not.</summary>
/// <param name="Outcomes">Negative where samples of earlier dates are carried on.</param>
/// <param name="Bad">The same.</param>
/// <param name="Complaints">The same.</param>
public sealed record SampleStart(DateOnly Date, long Outcomes, long Bad, long Complaints);

/// <param name="Until"><see langword="null"/>: until the operator resumes it.</param>
/// <param name="Reason">The operator's words.</param>
/// <param name="Who">The operator: a user of the machine, or a token's name.</param>
public sealed record OperatorPause(DateTimeOffset Since, DateTimeOffset? Until, string Reason, string Who);
