using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>A message that may be a report, taken apart. Each method returns <see langword="null"/> when it is not of that sort.</summary>
internal sealed class ReceivedReport(ReportHeader header, MessagePart root, List<MessagePart> parts, BounceOptions options)
{
    private DeliveryStatus? _status;

    private bool IsAutomatic => header.IsAutomatic || _status is not null || root.ReportType == "delivery-status";

    private bool IsReceipt =>
        root.ReportType == "disposition-notification" || _status is { IsReceipt: true }
        || parts.Exists(part => part.MediaType is "message/disposition-notification" or "message/global-disposition-notification");

    public BounceReport? ReadFeedback()
    {
        var part = parts.Find(part => part.MediaType == "message/feedback-report");
        if (part is null && root.ReportType == "feedback-report")
            part = parts.Find(part => part.IsText && FindField(part.Content.Span, "Feedback-Type:"u8) >= 0);
        if (part is null)
            return ReadMarkedOriginal();
        var feedback = FeedbackReport.Read(part.Content.Span, options);
        return new BounceReport
        {
            Kind = BounceKind.Feedback,
            Form = BounceForm.FeedbackReport,
            Feedback = feedback,
            ReportingMta = ToOctets(feedback.Find("Reporting-MTA")) is { } host ? FieldText.ReadHost(host) : null,
            OriginalEnvelopeId = feedback.Find("Original-Envelope-Id"),
            // RFC 5965 §3.2; some programs write Received-Date.
            ArrivalDate = ToOctets(feedback.Find("Arrival-Date") ?? feedback.Find("Received-Date")) is { } date ? FieldText.ReadDate(date) : null,
            Original = FindReturned(),
        };
    }

    // Microsoft's Junk Mail Reporting Program returns the message alone, with a field on top that names its recipient or hides him.
    private BounceReport? ReadMarkedOriginal()
    {
        foreach (var part in parts)
        {
            if (part.IsReturned && FindField(part.Content.Span, "X-HmXmrOriginalRecipient:"u8) == 0)
                return new BounceReport { Kind = BounceKind.Feedback, Feedback = FeedbackReport.OfMarked(part.Content.Span, options), Original = OriginalMessage.Read(part.Content, options) };
        }
        return null;
    }

    public BounceReport? ReadStatus()
    {
        _status = FindStatus();
        if (_status is null || IsReceipt)
            return null;
        var recipients = _status.Recipients;
        return ChooseKind(recipients) is not { } kind ? null : FromStatus(_status, kind) with
        {
            Form = BounceForm.DeliveryStatus,
            Recipients = recipients,
            IsTruncated = _status.IsTruncated,
            Original = FindReturned() ?? FindQuoted(),
            Words = recipients.All(static recipient => recipient.Diagnostic is not null) ? null : ReadWords(),
        };
    }

    public BounceReport? ReadChallenge() =>
        header.IsChallenge ? new BounceReport { Kind = BounceKind.Challenge, Original = FindReturned() } : null;

    public BounceReport? ReadText()
    {
        if (!IsAutomatic || IsReceipt)
            return null;
        foreach (var part in parts)
        {
            if (part.IsText && TextBounce.Read(part.Content, options) is { } bounce)
                return FromText(bounce);
        }
        return header.FailedRecipients.Count == 0 ? null : FromStatus(_status, BounceKind.Failure) with
        {
            Recipients = [.. header.FailedRecipients.Select(each => new RecipientReport { FinalRecipient = each, Action = DeliveryAction.Failed })],
            Words = ReadWords(),
            Original = FindReturned() ?? FindQuoted(),
        };
    }

    public BounceReport? ReadReply() =>
        IsReceipt || (header.IsAutomaticReply && _status is null)
            ? new BounceReport { Kind = BounceKind.AutomaticReply, Original = FindReturned() }
            : null;

    public BounceReport ReadRest()
    {
        var isNotification = header.HasNullReversePath || header.HasDaemonAuthor || _status is not null;
        return isNotification
            ? Tell(FromStatus(_status, BounceKind.Unrecognized) with { Original = FindReturned() ?? FindQuoted() })
            : new BounceReport { Kind = BounceKind.Other };
    }

    // A person away from work may have a null reverse-path as well: what he says is of no use.
    private BounceReport Tell(BounceReport report)
    {
        if (!(header.HasDaemonAuthor || header.TellsFailure) || ReportWords.Read(parts) is not { } lines)
            return report;
        var named = ReportWords.FindRecipient(lines);
        var isDelay = ReportWords.TellDelay(lines);
        return report with
        {
            Kind = isDelay ? BounceKind.Delay : BounceKind.Unrecognized,
            Words = ReportWords.ToReason(lines, options),
            TellsFailure = header.TellsFailure,
            Recipients = named is null ? [] : [new RecipientReport { FinalRecipient = named, Action = isDelay ? DeliveryAction.Delayed : DeliveryAction.Unknown }],
        };
    }

    private DiagnosticCode? ReadWords() => ReportWords.Read(parts) is { } lines ? ReportWords.ToReason(lines, options) : null;

    private static BounceReport FromStatus(DeliveryStatus? status, BounceKind kind) => new()
    {
        Kind = kind,
        ReportingMta = status?.ReportingMta,
        OriginalEnvelopeId = status?.OriginalEnvelopeId,
        ArrivalDate = status?.ArrivalDate,
    };

    private BounceReport FromText(TextBounce bounce) =>
        FromStatus(_status, bounce.Form.Action == DeliveryAction.Delayed ? BounceKind.Delay : BounceKind.Failure) with
        {
            Form = BounceForm.Text,
            TextForm = bounce.Form.Name,
            Recipients = bounce.Recipients,
            IsTruncated = bounce.IsTruncated,
            Original = FindReturned() ?? OriginalMessage.Read(bounce.Original, options) ?? FindQuoted(),
        };

    private DeliveryStatus? FindStatus()
    {
        var typed = parts.Find(part => part.MediaType is "message/delivery-status" or "message/global-delivery-status");
        if (typed is not null)
            return DeliveryStatus.Read(typed.Content.Span, options);
        if (!IsAutomatic)
            return null;
        foreach (var part in parts)
        {
            if ((part.IsText || part.MediaType is "application/octet-stream" or "message/report")
                && FindField(part.Content.Span, "Reporting-MTA:"u8, "Final-Recipient:"u8) is >= 0 and var start)
                return DeliveryStatus.Read(part.Content.Span[start..], options);
        }
        return null;
    }

    private OriginalMessage? FindReturned()
    {
        foreach (var part in parts)
        {
            if (part.IsReturned && OriginalMessage.Read(part.Content, options) is { } original)
                return original;
        }
        return null;
    }

    private OriginalMessage? FindQuoted()
    {
        foreach (var part in parts)
        {
            if (part.IsText && TextBounce.FindOriginal(part.Content, options) is { } original)
                return original;
        }
        return null;
    }

    private static BounceKind? ChooseKind(ImmutableArray<RecipientReport> recipients)
    {
        BounceKind? kind = null;
        foreach (var recipient in recipients)
        {
            if (recipient.Action == DeliveryAction.Failed)
                return BounceKind.Failure;
            if (recipient.Action == DeliveryAction.Delayed)
                kind = BounceKind.Delay;
            else if (recipient.Action != DeliveryAction.Unknown)
                kind ??= BounceKind.Success;
        }
        return kind;
    }

    // Where a line begins with the first or the second name; -1 for nowhere.
    private static int FindField(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, ReadOnlySpan<byte> other = default)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var line = Lines.Read(text, ref at);
            if (BeginsWith(line, name) || (!other.IsEmpty && BeginsWith(line, other)))
                return start;
        }
        return -1;
    }

    private static bool BeginsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private static byte[]? ToOctets(string? value) => value is null ? null : Encoding.UTF8.GetBytes(value);
}
