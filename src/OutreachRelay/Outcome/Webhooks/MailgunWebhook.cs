using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Mailgun's webhooks: one event a request, with an HMAC over a timestamp and a token in its body.</summary>
/// <remarks>
/// The signature does not cover the event, so a token has effect once: it is the event's key in the store, and is remembered with the body it came with.
/// Sources: Mailgun, "Securing Webhooks" and "Event Structure".
/// </remarks>
internal sealed class MailgunWebhook : IWebhookKind
{
    private const int LongestToken = 128;

    private readonly SeenTokens _tokens = new();

    public ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel) => new(Verify(request, json));

    public ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules)
    {
        var token = Token(json)!;
        return json.Member("event-data") is { ValueKind: JsonValueKind.Object } data
            ? [EventDraft.Guard(request, data, () => ReadOne(request, data, token, rules), token)]
            : [EventDraft.Unknown(request, json, token)];
    }

    private WebhookResult Verify(WebhookRequest request, JsonElement json)
    {
        var proof = json.Member("signature");
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Token(json) is not { Length: <= LongestToken } token || proof.Text("timestamp") is not { Length: <= 20 } timestamp
            || proof.Text("signature") is not { Length: 2 * HMACSHA256.HashSizeInBytes } hex
            || Convert.FromHexString(hex, signature, out _, out _) != System.Buffers.OperationStatus.Done)
            return WebhookResult.Forged;
        var isSigned = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in request.Secrets)
        {
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(timestamp + token), expected);
            isSigned |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }
        if (!isSigned)
            return WebhookResult.Forged;
        var inTime = ReplayWindow.Judge(timestamp, request.Now, ReplayWindow.Day);
        return inTime == WebhookResult.Accepted && !_tokens.TryUse(token, request.Body.Span) ? WebhookResult.Forged : inTime;
    }

    private static string? Token(JsonElement json) => json.Member("signature").Text("token");

    private static OutcomeEvent? ReadOne(WebhookRequest request, JsonElement data, string token, ReplyRules rules)
    {
        if (data.Text("event") is not { } name || data.Time("timestamp") is not { } time)
            return null;
        var status = data.Member("delivery-status");
        var (code, text) = (status.Integer("code") ?? 0, status.Text("message") ?? status.Text("description"));
        var (kind, cause) = KindOf(name, data, code, status.Text("enhanced-code"), text, rules);
        if (kind == OutcomeKind.Unknown)
            return null;
        return new OutcomeEvent
        {
            Kind = kind,
            Time = time,
            Upstream = request.Upstream,
            DedupKey = token,
            Correlation = EventDraft.Correlation(data.Member("user-variables").Text("orid")),
            MessageId = EventDraft.MessageId(data.Member("message").Member("headers").Text("message-id")),
            Recipient = data.Text("recipient"),
            Code = code is >= 200 and < 600 ? code : 0,
            Status = EventDraft.Status(status.Text("enhanced-code"), text),
            Reason = text ?? data.Member("reject").Text("reason") ?? "",
            Cause = cause,
        };
    }

    private static (OutcomeKind Kind, OutcomeCause Cause) KindOf(
        string name, JsonElement data, int code, string? status, string? text, ReplyRules rules) => name switch
        {
            "accepted" => (OutcomeKind.Accepted, default),
            // In its test mode Mailgun says so of what it has not sent.
            "delivered" => (code == 650 ? OutcomeKind.Unknown : OutcomeKind.Delivered, default),
            "failed" => data.Text("severity") == "temporary" ? (OutcomeKind.Deferred, default) : Failed(data.Text("reason"), code, status, text, rules),
            "rejected" or "blocked" => (OutcomeKind.Dropped, OutcomeCause.Message),
            "complained" => (OutcomeKind.Complained, default),
            "unsubscribed" => (OutcomeKind.Unsubscribed, default),
            "opened" => (OutcomeKind.Opened, default),
            "clicked" => (OutcomeKind.Clicked, default),
            _ => (OutcomeKind.Unknown, default),
        };

    // Codes from 600 on are Mailgun's own.
    private static (OutcomeKind Kind, OutcomeCause Cause) Failed(string? reason, int code, string? status, string? text, ReplyRules rules) => (code, reason) switch
    {
        (605, _) or (_, "suppress-bounce") => (OutcomeKind.Dropped, OutcomeCause.HardBounce),
        (606, _) or (_, "suppress-unsubscribe") => (OutcomeKind.Dropped, OutcomeCause.OptOut),
        (607, _) or (_, "suppress-complaint") => (OutcomeKind.Dropped, OutcomeCause.Complaint),
        ( >= 600, _) => (OutcomeKind.Dropped, OutcomeCause.None),
        // It gave up: nobody answered.
        (499, _) => (OutcomeKind.BouncedSoft, default),
        _ => (EventDraft.Bounce(code, status, text, rules, unclear: code >= 500 && reason == "bounce" ? OutcomeKind.BouncedHard : OutcomeKind.BouncedSoft), default),
    };
}
