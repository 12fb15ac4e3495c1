using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>What one mail that came back says of one recipient, and what became of it.</summary>
/// <param name="Recorded"><see langword="null"/> when it tells no event, or nothing in the mail names one of ours.</param>
public readonly record struct TakenFinding(BounceFinding Finding, RecordedEvent? Recorded);

/// <summary>What was made of a mail that came back.</summary>
/// <param name="IsKept">Whether all that it tells is on disk; otherwise it must come again.</param>
/// <param name="Findings">What it says, recipient by recipient.</param>
public sealed record ReturnReceipt(bool IsKept, ImmutableArray<TakenFinding> Findings)
{
    // What a program answers, and a report that is no complaint: known for what they are, and about no entry.
    private static readonly string[] Understood = ["auto_reply", "challenge", "feedback"];

    /// <summary>Whether nobody has to look at it: it told of a mail, or is known to tell nothing.</summary>
    public bool IsUnderstood => Findings.Any(static taken => taken.Recorded is not null || Understood.Contains(taken.Finding.Word));
}
