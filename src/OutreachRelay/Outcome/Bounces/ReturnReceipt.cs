using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>What became of what a mail said.</summary>
public enum TakenAs
{
    /// <summary>It says nothing of a mail of ours.</summary>
    Nothing,

    /// <summary>It belongs to an entry, and is on disk.</summary>
    Recorded,

    /// <summary>It was recorded before.</summary>
    Known,

    /// <summary>No entry is known by its ids; it is only counted.</summary>
    Unmatched,
}

/// <summary>What one mail that came back says of one recipient, and what became of it.</summary>
/// <param name="Entry">0 when none is known.</param>
public readonly record struct TakenFinding(BounceFinding Finding, TakenAs Done = TakenAs.Nothing, long Entry = 0)
{
    internal static TakenFinding Of(BounceFinding finding, RecordedEvent recorded) => new(finding, Of(recorded.As), recorded.Entry?.Id ?? 0);

    private static TakenAs Of(RecordedAs recorded) => recorded switch
    {
        RecordedAs.News => TakenAs.Recorded,
        RecordedAs.Repetition => TakenAs.Known,
        _ => TakenAs.Unmatched,
    };
}

/// <summary>What was made of a mail that came back.</summary>
/// <param name="IsKept">Whether all that it tells is on disk; otherwise it must come again.</param>
/// <param name="Findings">What it says, recipient by recipient.</param>
public sealed record ReturnReceipt(bool IsKept, ImmutableArray<TakenFinding> Findings)
{
    // What a program answers, and a report that is no complaint: known for what they are, and about no entry.
    private static readonly string[] Understood = ["auto_reply", "challenge", "feedback"];

    /// <summary>Whether nobody has to look at it: it told of a mail, or is known to tell nothing.</summary>
    public bool IsUnderstood => Findings.Any(static taken => taken.Done != TakenAs.Nothing || Understood.Contains(taken.Finding.Word));
}
