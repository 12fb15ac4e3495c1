using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>SendGrid's signed event webhook: batches of events, signed by ECDSA over the timestamp and the body.</summary>
/// <remarks>Sources: SendGrid, "Getting Started with the Event Webhook Security Features" and "Event Webhook Reference".</remarks>
internal sealed class SendGridWebhook : IWebhookKind
{
    private const string SignatureField = "X-Twilio-Email-Event-Webhook-Signature";
    private const string TimestampField = "X-Twilio-Email-Event-Webhook-Timestamp";

    public ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel) => new(Verify(request));

    public ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules) => json.ValueKind == JsonValueKind.Array
        ? [.. json.EnumerateArray().Select(element => EventDraft.Guard(request, element, () => ReadOne(request, element, rules)))]
        : [EventDraft.Unknown(request, json)];

    /// <summary>Whether a key is one that a request can be verified with: a P-256 public key as base64 of its SubjectPublicKeyInfo (RFC 5480).</summary>
    public static bool IsKey(string secret)
    {
        using var key = Import(secret);
        return key?.KeySize == 256;
    }

    private static WebhookResult Verify(WebhookRequest request)
    {
        if (request.Header(SignatureField) is not { } signature || request.Header(TimestampField) is not { } timestamp)
            return WebhookResult.Forged;
        Span<byte> octets = stackalloc byte[128];
        if (!Convert.TryFromBase64String(signature, octets, out var length))
            return WebhookResult.Forged;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(timestamp, request.Body.Span, hash);
        foreach (var secret in request.Secrets)
        {
            using var key = Import(secret);
            if (key is not null && key.VerifyHash(hash, octets[..length], DSASignatureFormat.Rfc3279DerSequence))
                return ReplayWindow.Judge(timestamp, request.Now, ReplayWindow.Day);
        }
        return WebhookResult.Forged;
    }

    private static void Hash(string timestamp, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(timestamp));
        sha.AppendData(body);
        sha.GetHashAndReset(hash);
    }

    private static ECDsa? Import(string secret)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(secret), out _);
            return key;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }

    private static OutcomeEvent? ReadOne(WebhookRequest request, JsonElement element, ReplyRules rules)
    {
        if (element.Text("event") is not { } name || element.Time("timestamp") is not { } time || element.Text("sg_event_id") is not { } id)
            return null;
        var (text, status) = (element.Text("reason") ?? element.Text("response"), element.Text("status"));
        var (kind, cause) = KindOf(name, element, text, status, rules);
        if (kind == OutcomeKind.Unknown)
            return EventDraft.Unknown(request, element, $"{id} {name}");
        return new OutcomeEvent
        {
            Kind = kind,
            Time = time,
            Upstream = request.Upstream,
            // Ids are promised to be each event's own, and samples show two events under one.
            DedupKey = $"{id} {name}",
            Correlation = EventDraft.Correlation(element.Text("orid")),
            ProviderId = EventDraft.Id(element.Text("sg_message_id")?.Split('.')[0]),
            MessageId = EventDraft.MessageId(element.Text("smtp-id")),
            Recipient = element.Text("email"),
            Code = EventDraft.CodeOf(text),
            Status = EventDraft.Status(status, text),
            Reason = text ?? "",
            Cause = cause,
        };
    }

    private static (OutcomeKind Kind, OutcomeCause Cause) KindOf(string name, JsonElement element, string? text, string? status, ReplyRules rules) => name switch
    {
        "processed" => (OutcomeKind.Accepted, default),
        "delivered" => (OutcomeKind.Delivered, default),
        "deferred" => (OutcomeKind.Deferred, default),
        "bounce" => (Bounce(element.Text("type"), text, status, rules), default),
        // Before 2020 an event of its own.
        "blocked" => (Bounce("blocked", text, status, rules), default),
        "dropped" => (OutcomeKind.Dropped, CauseOf(text ?? "")),
        "spamreport" => (OutcomeKind.Complained, default),
        "unsubscribe" or "group_unsubscribe" => (OutcomeKind.Unsubscribed, default),
        "open" => (OutcomeKind.Opened, default),
        "click" => (OutcomeKind.Clicked, default),
        _ => (OutcomeKind.Unknown, default),
    };

    // A domain without a mail server is reported as a block, and has no status.
    private static OutcomeKind Bounce(string? type, string? text, string? status, ReplyRules rules) => type switch
    {
        "expired" => OutcomeKind.BouncedSoft,
        "blocked" when status is null && text?.Contains("unable to get mx info", StringComparison.OrdinalIgnoreCase) == true => OutcomeKind.BouncedHard,
        "blocked" => OutcomeKind.Blocked,
        _ => EventDraft.Bounce(EventDraft.CodeOf(text), status, text, rules),
    };

    private static OutcomeCause CauseOf(string reason)
    {
        return Has("bounced address") || (Has("invalid") && !Has("smtpapi")) ? OutcomeCause.HardBounce
            : Has("unsubscribed") ? OutcomeCause.OptOut
            : Has("spam reporting") ? OutcomeCause.Complaint
            : Has("quota") || Has("credits") ? OutcomeCause.Account
            : OutcomeCause.Message;

        bool Has(string words) => reason.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
