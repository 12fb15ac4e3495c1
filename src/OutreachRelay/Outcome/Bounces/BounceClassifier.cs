using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>Tells what a mail that came back means, recipient by recipient. Pure.</summary>
/// <remarks>
/// Notifications of failure are judged by the rules for replies, on the code and the words that they repeat; those of <c>conf/replies/notifications.toml</c>
/// come first. A delay says nothing yet, and what a program answers instead of a person is no bounce (RFC 3834).
/// </remarks>
public static class BounceClassifier
{
    /// <summary>Whose rules come before the general ones.</summary>
    public const string Rules = "notifications";

    private static readonly BounceFinding Nothing = Of(OutcomeKind.Unknown, "other", null);

    /// <summary>What a report says: one finding for each recipient, at least one in all.</summary>
    public static ImmutableArray<BounceFinding> Classify(BounceReport report, ReplyRules rules) => report.Kind switch
    {
        BounceKind.Delay when report.Recipients.IsEmpty => [Of(OutcomeKind.Deferred, Word(OutcomeKind.Deferred), null)],
        BounceKind.Failure or BounceKind.Delay or BounceKind.Success => [.. report.Recipients.Select(recipient => Classify(recipient, report, rules))],
        BounceKind.Feedback => Classify(report.Feedback!),
        BounceKind.AutomaticReply => [Nothing with { Word = "auto_reply" }],
        BounceKind.Challenge => [Nothing with { Word = "challenge" }],
        BounceKind.Unrecognized => [JudgeWords(report, rules)],
        _ => [Nothing],
    };

    private static BounceFinding Classify(RecipientReport recipient, BounceReport report, ReplyRules rules) => recipient.Action switch
    {
        DeliveryAction.Delayed => Told(OutcomeKind.Deferred, recipient),
        DeliveryAction.Delivered => Told(OutcomeKind.Delivered, recipient),
        // RFC 3464 §2.3.3: into a system that notifies nobody, or to a list; what becomes of it there is not known.
        DeliveryAction.Relayed or DeliveryAction.Expanded => Told(OutcomeKind.Accepted, recipient),
        DeliveryAction.Failed => Judge(recipient, report, rules),
        _ => report.Kind == BounceKind.Failure ? Judge(recipient, report, rules) : Told(OutcomeKind.Unknown, recipient),
    };

    // Without a reason of its own, the words for people are the reason of the only recipient.
    private static BounceFinding Judge(RecipientReport recipient, BounceReport report, ReplyRules rules)
    {
        if (recipient.Diagnostic is null && report is { Words: { } words, Recipients.Length: 1 })
            recipient = recipient with { Diagnostic = words, Status = StatusOf(recipient, words) };
        var code = CodeOf(recipient);
        var verdict = rules.Classify(Rules, SmtpStage.Rcpt, code, recipient.Status, recipient.Diagnostic?.Text ?? "");
        return Told(KindOf(verdict, code), recipient) with { RuleId = verdict.RuleId };
    }

    // A form that nobody knows counts for what a rule knows of its words; without one it is a failure, and no more, when it says so on top and names somebody.
    private static BounceFinding JudgeWords(BounceReport report, ReplyRules rules)
    {
        var recipient = (report.Recipients.IsEmpty ? new RecipientReport() : report.Recipients[0]) with { Diagnostic = report.Words, Status = report.Words?.Enhanced ?? default };
        var finding = Judge(recipient, report, rules);
        var isKnown = report.Words is not null && !finding.RuleId.StartsWith("unknown-", StringComparison.Ordinal);
        return isKnown || (report.TellsFailure && finding.Recipient is not null) ? finding : Nothing with { Word = "unrecognized" };
    }

    private static EnhancedStatusCode StatusOf(RecipientReport recipient, DiagnosticCode words) =>
        recipient.Status is { Subject: 0, Detail: 0 } && !words.Enhanced.IsNone ? words.Enhanced : recipient.Status;

    // What a rule counts for the sender's health at our own door has another name here; what it counts not at all did not arrive, and says no more.
    private static OutcomeKind KindOf(ReplyVerdict verdict, int code) => verdict switch
    {
        { Bounce: ReplyBounce.Hard } when code >= 500 => OutcomeKind.BouncedHard,
        { Bounce: ReplyBounce.Blocked } or { Scope: ReplyScope.Domain or ReplyScope.Sender } or { Scope: ReplyScope.Connection, Action: ReplyAction.OtherUpstream } => OutcomeKind.Blocked,
        _ => OutcomeKind.BouncedSoft,
    };

    // Whoever gives up after refusals for now had no other code than theirs. Without any code it is for good that it failed (RFC 3464 §2.3.3).
    private static int CodeOf(RecipientReport recipient) => recipient switch
    {
        { Diagnostic.ReplyCode: >= 400 and var code } => code,
        { Status: { Class: 4 } status } when status is not { Subject: 0, Detail: 0 } => 450,
        _ => 550,
    };

    private static ImmutableArray<BounceFinding> Classify(FeedbackReport feedback)
    {
        var kind = feedback.Type.StartsWith("opt-out", StringComparison.Ordinal) ? OutcomeKind.Unsubscribed
            : feedback.IsComplaint ? OutcomeKind.Complained : OutcomeKind.Unknown;
        var finding = Of(kind, kind == OutcomeKind.Unknown ? "feedback" : Word(kind), null) with { Reason = "feedback report: " + feedback.Type };
        return feedback.OriginalRecipients.IsEmpty ? [finding] : [.. feedback.OriginalRecipients.Select(recipient => finding with { Recipient = recipient })];
    }

    private static BounceFinding Told(OutcomeKind kind, RecipientReport recipient) => Of(kind, Word(kind), NamedBy(recipient)?.Address) with
    {
        Code = recipient.Diagnostic?.ReplyCode ?? 0,
        Status = recipient.Status.ToString(),
        Reason = recipient.Diagnostic?.Text ?? "",
    };

    // Who failed, after aliases and forwarding: it may be only one of several that the original stood for. What Exchange makes of its own addresses is nobody's.
    private static ReportAddress? NamedBy(RecipientReport recipient) =>
        recipient.FinalRecipient is { } final && !final.Address.StartsWith("IMCEA", StringComparison.OrdinalIgnoreCase) ? final : recipient.OriginalRecipient ?? recipient.FinalRecipient;

    private static BounceFinding Of(OutcomeKind kind, string word, string? recipient) => new(kind, word, recipient, 0, "", "", "");

    private static string Word(OutcomeKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
