using System.Collections.Immutable;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What a message says about other mail.</summary>
public enum BounceKind
{
    /// <summary>Nothing: ordinary mail, or automatic mail that answers none.</summary>
    Other,

    /// <summary>At least one recipient has failed for good.</summary>
    Failure,

    /// <summary>Nobody has failed and somebody has to wait; the reporting MTA goes on trying.</summary>
    Delay,

    /// <summary>Delivered, relayed to a server without notifications, or expanded into a list (RFC 3464 §2.3.3).</summary>
    Success,

    /// <summary>A feedback report (RFC 5965). Not each is a complaint: see <see cref="FeedbackReport.IsComplaint"/>.</summary>
    Feedback,

    /// <summary>A program answers instead of the recipient (RFC 3834): out of office, a receipt (RFC 8098).</summary>
    AutomaticReply,

    /// <summary>A program wants the sender to confirm before the message is delivered.</summary>
    Challenge,

    /// <summary>From a mail system, by its reverse-path or author, in a form that is not known.</summary>
    Unrecognized,
}

/// <summary>Where a <see cref="BounceReport"/> was read from: how far it can be relied on.</summary>
public enum BounceForm
{
    /// <summary>From the header section alone, or from nothing.</summary>
    None,

    /// <summary>The fields of RFC 3464, in a part of their own or within a text.</summary>
    DeliveryStatus,

    /// <summary>The fields of RFC 5965.</summary>
    FeedbackReport,

    /// <summary>The text of a known MTA; see <see cref="BounceReport.TextForm"/>.</summary>
    Text,
}

/// <summary>What was read from a message that came back. Nothing in it is authenticated: anybody can write such a message.</summary>
/// <remarks>
/// Texts hold no control characters and are cut to <see cref="BounceOptions.MaxValueLength"/>; they are still to be escaped where they are shown.
/// </remarks>
public sealed record BounceReport
{
    public required BounceKind Kind { get; init; }

    public BounceForm Form { get; init; }

    /// <summary>The text form that matched, such as <c>qmail</c>; <see langword="null"/> for every other <see cref="Form"/>.</summary>
    public string? TextForm { get; init; }

    /// <summary>
    /// One for each recipient reported on, in order; empty for feedback, automatic replies and challenges. Of <see cref="BounceKind.Unrecognized"/> it is who is named first in the words, if
    /// anybody is.
    /// </summary>
    public ImmutableArray<RecipientReport> Recipients { get; init; } = [];

    /// <summary>
    /// What a notification says to people: of one whose form is not known, or whose fields give no reason, when a mail system wrote it or its subject tells of a failure. Codes are those that
    /// stand in it.
    /// </summary>
    public DiagnosticCode? Words { get; init; }

    /// <summary>Whether the subject says that mail was not delivered.</summary>
    public bool TellsFailure { get; init; }

    /// <summary>Whether there were more recipients than <see cref="BounceOptions.MaxRecipients"/>; the rest was not read.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>The host that reports (RFC 3464 §2.2.2), without its type.</summary>
    public string? ReportingMta { get; init; }

    /// <summary>ENVID of the original envelope (RFC 3464 §2.2.1), as the report has it.</summary>
    public string? OriginalEnvelopeId { get; init; }

    /// <summary>When the original reached the reporting MTA.</summary>
    public DateTimeOffset? ArrivalDate { get; init; }

    /// <summary>Set when <see cref="Kind"/> is <see cref="BounceKind.Feedback"/>.</summary>
    public FeedbackReport? Feedback { get; init; }

    /// <summary>What was returned or quoted of the original message.</summary>
    public OriginalMessage? Original { get; init; }

    /// <summary>
    /// Identifiers in <c>In-Reply-To</c>, then those in <c>References</c>, of the report itself, at most 20 of each: how an automatic reply names the
    /// original.
    /// </summary>
    public ImmutableArray<string> References { get; init; } = [];
}
