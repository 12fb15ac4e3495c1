using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Postmark's webhooks: one event a request, without a signature; they prove themselves by HTTP basic authentication (RFC 7617).</summary>
/// <remarks>Sources: Postmark, "Webhooks overview", "Bounce webhook" with its list of bounce types, "Subscription change webhook".</remarks>
internal sealed class PostmarkWebhook : IWebhookKind
{
    private const string Scheme = "Basic ";
    private const int LongestCredentials = 1024;

    public ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel) => new(Verify(request));

    public ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules) =>
        [EventDraft.Guard(request, json, () => ReadOne(request, json))];

    // It asks without credentials first, and sends them when it is asked to. Digests are of one length, and so is the time they are compared in.
    private static WebhookResult Verify(WebhookRequest request)
    {
        if (request.Headers.Authorization.Count == 0)
            return WebhookResult.Challenged;
        if (request.Header("Authorization") is not { Length: <= LongestCredentials } field || !field.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return WebhookResult.Forged;
        Span<byte> octets = stackalloc byte[LongestCredentials];
        if (!Convert.TryFromBase64String(field[Scheme.Length..].Trim(), octets, out var length))
            return WebhookResult.Forged;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets[..length], given);
        var isKnown = false;
        foreach (var secret in request.Secrets)
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(secret), expected);
            isKnown |= CryptographicOperations.FixedTimeEquals(given, expected);
        }
        return isKnown ? WebhookResult.Accepted : WebhookResult.Forged;
    }

    private static OutcomeEvent? ReadOne(WebhookRequest request, JsonElement json)
    {
        var time = json.Time("BouncedAt") ?? json.Time("DeliveredAt") ?? json.Time("ReceivedAt") ?? json.Time("ChangedAt");
        if (json.Text("RecordType") is not { } record || time is not { } at)
            return null;
        var (recipient, text) = (json.Text("Email") ?? json.Text("Recipient"), json.Text("Description"));
        var (kind, cause) = KindOf(record, json);
        if (kind == OutcomeKind.Unknown)
            return null;
        var details = json.Text("Details");
        var isBounce = record is "Bounce" or "SpamComplaint";
        return new OutcomeEvent
        {
            Kind = kind,
            Time = at,
            Upstream = request.Upstream,
            DedupKey = isBounce && json.Member("ID") is { ValueKind: JsonValueKind.Number } id
                ? $"{record} {id.GetRawText()}"
                : $"{record} {json.Text("MessageID")} {recipient} {at.UtcTicks} {json.Text("OriginalLink")}",
            Correlation = EventDraft.Correlation(json.Member("Metadata").Text("orid")),
            ProviderId = EventDraft.Id(json.Text("MessageID")),
            Recipient = recipient,
            Code = isBounce ? EventDraft.CodeOf(details) : 0,
            Status = isBounce ? EventDraft.Status(null, details) : "",
            // Where a server's own words are among the details, they say more.
            Reason = EventDraft.CodeOf(details) != 0 ? $"{text} {details}" : text ?? "",
            Cause = cause,
        };
    }

    private static (OutcomeKind Kind, OutcomeCause Cause) KindOf(string record, JsonElement json) => record switch
    {
        "Delivery" => (OutcomeKind.Delivered, default),
        "SpamComplaint" => (OutcomeKind.Complained, default),
        "Open" => (OutcomeKind.Opened, default),
        "Click" => (OutcomeKind.Clicked, default),
        "SubscriptionChange" when json.Member("SuppressSending") is { ValueKind: JsonValueKind.True } => (OutcomeKind.Unsubscribed, json.Text("SuppressionReason") switch
        {
            "HardBounce" => OutcomeCause.HardBounce,
            "SpamComplaint" => OutcomeCause.Complaint,
            _ => OutcomeCause.OptOut,
        }),
        "Bounce" => Bounce(json.Text("Type"), $"{json.Text("Description")} {json.Text("Details")}"),
        _ => (OutcomeKind.Unknown, default),
    };

    private static (OutcomeKind Kind, OutcomeCause Cause) Bounce(string? type, string text) => type switch
    {
        "HardBounce" or "BadEmailAddress" => (OutcomeKind.BouncedHard, default),
        "SoftBounce" => (OutcomeKind.BouncedSoft, default),
        "Transient" or "DnsError" => (OutcomeKind.Deferred, default),
        "Blocked" or "DMARCPolicy" or "VirusNotification" => (OutcomeKind.Blocked, default),
        "SpamComplaint" or "SpamNotification" => (OutcomeKind.Complained, default),
        "Unsubscribe" or "ManualSuppression" => (OutcomeKind.Unsubscribed, default),
        "SMTPApiError" => (OutcomeKind.Dropped, ApiError(text)),
        "ManuallyDeactivated" or "Unconfirmed" => (OutcomeKind.Dropped, default),
        "TemplateRenderingFailed" => (OutcomeKind.Dropped, OutcomeCause.Message),
        _ => (OutcomeKind.Unknown, default),
    };

    // What its API would have answered with a number; of these only an inactive or invalid recipient is the recipient's matter.
    private static OutcomeCause ApiError(string text)
    {
        return Has("inactive") || Has("invalid email") || Has("406") ? OutcomeCause.HardBounce
            : Has("limit") || Has("not allowed to send") || Has("405") || Has("412") ? OutcomeCause.Account
            : OutcomeCause.Message;

        bool Has(string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
