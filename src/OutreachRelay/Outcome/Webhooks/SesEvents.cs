using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>What SES tells: by event publishing or as a notification of an identity; both may tell the same.</summary>
/// <remarks>Source: AWS, "Contents of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS notification contents for Amazon SES".</remarks>
internal static class SesEvents
{
    // One recipient a mail is what we send; more than these are nobody's.
    private const int MostRecipients = 50;

    public static ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement message, string snsId)
    {
        try
        {
            var events = ReadAll(request, message);
            return events.IsEmpty ? [EventDraft.Unknown(request, message, snsId)] : events;
        }
        catch (InvalidOperationException)
        {
            return [EventDraft.Unknown(request, message, snsId)];
        }
    }

    private static ImmutableArray<OutcomeEvent> ReadAll(WebhookRequest request, JsonElement message)
    {
        var type = message.Text("eventType") ?? message.Text("notificationType");
        if (type is null || message.Member("mail") is not { ValueKind: JsonValueKind.Object } mail)
            return [];
        var detail = message.Member(DetailName(type));
        var time = detail.Time("timestamp") ?? mail.Time("timestamp");
        var (kind, cause) = KindOf(type, detail);
        if (time is not { } at || kind == OutcomeKind.Unknown)
            return [];
        var events = ImmutableArray.CreateBuilder<OutcomeEvent>();
        foreach (var (recipient, code, status, text) in Recipients(type, detail, mail).Take(MostRecipients))
        {
            events.Add(new OutcomeEvent
            {
                Kind = kind,
                Time = at,
                Upstream = request.Upstream,
                // Event publishing and an identity's notifications tell the same under two ids of SNS.
                DedupKey = $"{mail.Text("messageId")} {type} {recipient} {at.UtcTicks} {detail.Text("link")}",
                Correlation = EventDraft.Correlation(((JsonElement?)mail).Member("tags").Member("orid").Items().Select(static tag => ((JsonElement?)tag).Text()).FirstOrDefault()),
                ProviderId = EventDraft.Id(mail.Text("messageId")),
                MessageId = EventDraft.MessageId(mail.Member("commonHeaders").Text("messageId")),
                Recipient = recipient,
                Code = code,
                Status = status,
                Reason = text,
                Cause = cause,
            });
        }
        return events.DrainToImmutable();
    }

    private static string DetailName(string type) => type switch
    {
        "Rendering Failure" => "failure",
        "DeliveryDelay" => "deliveryDelay",
        _ => type.ToLowerInvariant(),
    };

    private static IEnumerable<(string? Recipient, int Code, string Status, string Text)> Recipients(string type, JsonElement? detail, JsonElement mail)
    {
        var named = type switch
        {
            "Bounce" => detail.Member("bouncedRecipients"),
            "Complaint" => detail.Member("complainedRecipients"),
            "DeliveryDelay" => detail.Member("delayedRecipients"),
            "Delivery" => detail.Member("recipients"),
            _ => null,
        };
        var (common, found) = (detail.Text("smtpResponse") ?? detail.Text("reason") ?? detail.Text("errorMessage") ?? detail.Text("complaintFeedbackType") ?? "", false);
        foreach (var one in named.Items())
        {
            found = true;
            var text = one.Text("diagnosticCode") ?? common;
            yield return (one.ValueKind == JsonValueKind.String ? ((JsonElement?)one).Text() : one.Text("emailAddress"),
                EventDraft.CodeOf(text), EventDraft.Status(one.Text("status"), text), text);
        }
        // Whom it was for, where only one can be meant.
        if (!found)
            yield return (mail.Member("destination").Items().ToList() is [var only] ? ((JsonElement?)only).Text() : null, EventDraft.CodeOf(common), EventDraft.Status(null, common), common);
    }

    private static (OutcomeKind Kind, OutcomeCause Cause) KindOf(string type, JsonElement? detail) => type switch
    {
        "Send" => (OutcomeKind.Accepted, default),
        "Delivery" => (OutcomeKind.Delivered, default),
        "DeliveryDelay" => (OutcomeKind.Deferred, default),
        "Bounce" => Bounce(detail.Text("bounceType"), detail.Text("bounceSubType")),
        "Complaint" when Is(detail.Text("complaintSubType"), "OnAccountSuppressionList") => (OutcomeKind.Dropped, OutcomeCause.Complaint),
        "Complaint" => (OutcomeKind.Complained, default),
        "Subscription" => (OutcomeKind.Unsubscribed, default),
        "Open" => (OutcomeKind.Opened, default),
        "Click" => (OutcomeKind.Clicked, default),
        "Reject" or "Rendering Failure" => (OutcomeKind.Dropped, OutcomeCause.Message),
        _ => (OutcomeKind.Unknown, default),
    };

    // Names of sub-types that are not known go by their type.
    private static (OutcomeKind Kind, OutcomeCause Cause) Bounce(string? type, string? subType)
    {
        if (Is(subType, "Suppressed") || Is(subType, "OnAccountSuppressionList"))
            return (OutcomeKind.Dropped, OutcomeCause.HardBounce);
        if (Is(type, "Permanent"))
            return (OutcomeKind.BouncedHard, default);
        return (Is(subType, "ContentRejected") || Is(subType, "AttachmentRejected") ? OutcomeKind.Blocked : OutcomeKind.BouncedSoft, default);
    }

    private static bool Is(string? given, string name) => string.Equals(given, name, StringComparison.OrdinalIgnoreCase);
}
