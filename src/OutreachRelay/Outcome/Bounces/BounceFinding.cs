using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>What a mail that came back says of a recipient, in the coarse words that everybody knows.</summary>
public enum BounceClass
{
    /// <summary>The address does not work, for good.</summary>
    Hard,

    /// <summary>It was not delivered this time, or for a reason that says nothing about the address.</summary>
    Soft,

    /// <summary>The recipient calls it spam, or wants no more.</summary>
    Complaint,

    /// <summary>No bounce: a delay, a success, an automatic reply, other mail.</summary>
    Other,
}

/// <summary>What one mail says of one recipient. Its texts are untrusted.</summary>
/// <param name="Kind">Its event; <see cref="OutcomeKind.Unknown"/> has no effect.</param>
/// <param name="Word">The kind in one word, finer than <paramref name="Kind"/> where that is unknown: <c>auto_reply</c>, <c>challenge</c>, <c>unrecognized</c>, <c>other</c>.</param>
/// <param name="Recipient">As named; <see langword="null"/> when nobody is.</param>
/// <param name="Code">The basic code (RFC 5321 §4.2); 0 for none.</param>
/// <param name="Status">The enhanced status code (RFC 3463), or empty.</param>
/// <param name="Reason">In the words of whoever refused, on one line.</param>
/// <param name="RuleId">The rule for replies that decided; empty where none was asked.</param>
public sealed record BounceFinding(OutcomeKind Kind, string Word, string? Recipient, int Code, string Status, string Reason, string RuleId)
{
    /// <summary>Of a mail that is none of ours.</summary>
    public static readonly BounceFinding Other = new(OutcomeKind.Unknown, "other", null, 0, "", "", "");

    /// <summary>Of a mail to an address to unsubscribe.</summary>
    public static readonly BounceFinding OptOut = new(OutcomeKind.Unsubscribed, "unsubscribed", null, 0, "", "written to the address to unsubscribe", "");

    /// <summary>Whether it is news of a mail.</summary>
    public bool IsEvent => Kind != OutcomeKind.Unknown;

    /// <summary>The kind in coarse words.</summary>
    public BounceClass Class => Kind switch
    {
        OutcomeKind.BouncedHard => BounceClass.Hard,
        OutcomeKind.BouncedSoft or OutcomeKind.Blocked => BounceClass.Soft,
        OutcomeKind.Complained or OutcomeKind.Unsubscribed => BounceClass.Complaint,
        _ => BounceClass.Other,
    };
}
