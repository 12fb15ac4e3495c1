using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>Decides what the end of an attempt says of its recipient for mail to come.</summary>
public static class BounceSuppression
{
    /// <summary>Why the recipient is to be suppressed; <see langword="null"/> for not at all. Pure.</summary>
    /// <remarks>
    /// Only a rule for replies says so, and only of a reply that is about the recipient: what is unknown, a filter's refusal and trouble on the way never
    /// suppress. A soft bounce counts once, when its entry has ended: the attempts of one mail within half an hour tell no more than one.
    /// </remarks>
    public static SuppressionReason? Of(AttemptVerdict verdict) => verdict switch
    {
        { State: EntryState.Failed, Meaning: { Action: ReplyAction.Suppress, Bounce: ReplyBounce.Hard } } => SuppressionReason.HardBounce,
        { State: EntryState.Failed, Meaning.Action: ReplyAction.Suppress } => SuppressionReason.Provider,
        { State: EntryState.Failed or EntryState.Dead, Meaning: { Scope: ReplyScope.Recipient, Bounce: ReplyBounce.Soft } } => SuppressionReason.SoftBounce,
        _ => null,
    };
}
