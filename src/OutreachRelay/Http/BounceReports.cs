using System.Collections.Immutable;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

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
            finding.Word, finding.Recipient, finding.Status, finding.Class, finding.Reason, finding.RuleId, taken.Done, taken.Entry > 0 ? QueueId.Format(taken.Entry) : null);
    }
}

/// <param name="Findings">Recipient by recipient.</param>
public sealed record TakenReply(ImmutableArray<TakenReport> Findings);
