using System.Collections.Immutable;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>What became of what a mail said.</summary>
public enum TakenAs
{
    /// <summary>It says nothing of a mail of ours.</summary>
    Nothing,

    /// <summary>It belongs to an entry, and is on disk.</summary>
    Recorded,

    /// <summary>It was recorded before.</summary>
    Known,

    /// <summary>No entry is known by its ids; it is kept for a while, in case one will be.</summary>
    Unmatched,
}

/// <summary>What a mail that came back says of a recipient, and what was done. Its texts are what the mail says.</summary>
/// <param name="Recipient"><see langword="null"/> when nobody is named.</param>
/// <param name="Rule">The rule for replies that decided, or empty.</param>
/// <param name="Entry">The queue entry's id; <see langword="null"/> when none is known.</param>
public sealed record TakenReport(string Kind, string? Recipient, string Status, BounceClass Class, string Reason, string Rule, TakenAs Done, string? Entry)
{
    public static TakenReport Of(TakenFinding taken)
    {
        var finding = taken.Finding;
        return new TakenReport(
            finding.Word, finding.Recipient, finding.Status, finding.Class, finding.Reason, finding.RuleId, Of(taken.Recorded?.As),
            taken.Recorded?.Entry is { } entry ? QueueId.Format(entry.Id) : null);
    }

    private static TakenAs Of(RecordedAs? recorded) => recorded switch
    {
        null => TakenAs.Nothing,
        RecordedAs.News => TakenAs.Recorded,
        RecordedAs.Repetition => TakenAs.Known,
        _ => TakenAs.Unmatched,
    };
}

/// <param name="Findings">Recipient by recipient.</param>
public sealed record TakenReply(ImmutableArray<TakenReport> Findings);
