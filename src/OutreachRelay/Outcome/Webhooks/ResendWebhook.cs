using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Resend's webhooks: one event a request, with an HMAC over its id, its time and the body, as Svix and the Standard Webhooks do it.</summary>
/// <remarks>Sources: Svix, "Verifying webhooks manually"; Resend, "Managing webhooks" and "Event types".</remarks>
internal sealed class ResendWebhook : IWebhookKind
{
    private const string Prefix = "whsec_";

    // More than a key at each end of a rotation, and some of other versions.
    private const int MostSignatures = 16;

    // Each repetition is signed anew.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    public ValueTask<WebhookResult> VerifyAsync(WebhookRequest request, JsonElement json, CancellationToken cancel) => new(Verify(request));

    public ImmutableArray<OutcomeEvent> Read(WebhookRequest request, JsonElement json, ReplyRules rules)
    {
        var id = Field(request, "id")!;
        return [EventDraft.Guard(request, json, () => ReadOne(request, json, id, rules), id)];
    }

    /// <summary>The octets of a secret; <see langword="null"/> when it is none.</summary>
    public static byte[]? KeyOf(string secret)
    {
        var text = secret.StartsWith(Prefix, StringComparison.Ordinal) ? secret[Prefix.Length..] : secret;
        try
        {
            return Convert.FromBase64String(text) is { Length: > 0 } key ? key : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // The same fields under either of two names.
    private static string? Field(WebhookRequest request, string name) => request.Header("svix-" + name) ?? request.Header("webhook-" + name);

    private static WebhookResult Verify(WebhookRequest request)
    {
        if (Field(request, "id") is not { } id || Field(request, "timestamp") is not { } timestamp || Field(request, "signature") is not { } signatures)
            return WebhookResult.Forged;
        var start = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        var isSigned = false;
        foreach (var key in request.Secrets.Select(KeyOf).OfType<byte[]>())
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hmac.AppendData(start);
            hmac.AppendData(request.Body.Span);
            isSigned |= IsAmong(hmac.GetHashAndReset(), signatures);
        }
        return isSigned ? ReplayWindow.Judge(timestamp, request.Now, Window) : WebhookResult.Forged;
    }

    private static bool IsAmong(ReadOnlySpan<byte> expected, string signatures)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes + 2];
        var isFound = false;
        foreach (var one in signatures.Split(' ', MostSignatures + 1, StringSplitOptions.RemoveEmptyEntries).Take(MostSignatures))
        {
            // RFC 9110 §5.3: a field that was there twice, put together by somebody on the way.
            if (one.EndsWith(','))
                return false;
            if (one.StartsWith("v1,", StringComparison.Ordinal) && Convert.TryFromBase64String(one[3..], given, out var length))
                isFound |= CryptographicOperations.FixedTimeEquals(given[..length], expected);
        }
        return isFound;
    }

    private static OutcomeEvent? ReadOne(WebhookRequest request, JsonElement json, string id, ReplyRules rules)
    {
        if (json.Text("type") is not { } type || json.Time("created_at") is not { } time || json.Member("data") is not { ValueKind: JsonValueKind.Object } data)
            return null;
        var text = data.Member("bounce").Text("message") ?? data.Member("failed").Text("reason") ?? data.Member("suppressed").Text("message");
        var (kind, cause) = KindOf(type, data, text ?? "", rules);
        if (kind == OutcomeKind.Unknown)
            return null;
        return new OutcomeEvent
        {
            Kind = kind,
            Time = time,
            Upstream = request.Upstream,
            DedupKey = id,
            Correlation = EventDraft.Correlation(OurId(data.Member("headers"))),
            ProviderId = EventDraft.Id(data.Text("email_id")),
            // data.to lists the To field, whoever the event is about: a recipient in Cc or Bcc is not among it. We send to one recipient at a time, so the ids say which one.
            Recipient = null,
            Code = EventDraft.CodeOf(text),
            Status = EventDraft.Status(null, text),
            Reason = text ?? "",
            Cause = cause,
        };
    }

    private static string? OurId(JsonElement? headers) => headers
        .Items().FirstOrDefault(static field => string.Equals(field.Text("name"), "X-Outreach-Id", StringComparison.OrdinalIgnoreCase)).Text("value")
        ?? headers.Text("X-Outreach-Id");

    private static (OutcomeKind Kind, OutcomeCause Cause) KindOf(string type, JsonElement data, string text, ReplyRules rules) => type switch
    {
        "email.sent" => (OutcomeKind.Accepted, default),
        "email.delivered" => (OutcomeKind.Delivered, default),
        "email.delivery_delayed" => (OutcomeKind.Deferred, default),
        "email.bounced" => Bounce(data.Member("bounce"), text, rules),
        "email.complained" => (OutcomeKind.Complained, default),
        "email.opened" => (OutcomeKind.Opened, default),
        "email.clicked" => (OutcomeKind.Clicked, default),
        "email.suppressed" => (OutcomeKind.Dropped, OutcomeCause.HardBounce),
        "email.failed" => (OutcomeKind.Dropped, FailureOf(text)),
        _ => (OutcomeKind.Unknown, default),
    };

    private static (OutcomeKind Kind, OutcomeCause Cause) Bounce(JsonElement? bounce, string text, ReplyRules rules)
    {
        var (type, subType) = (bounce.Text("type"), bounce.Text("subType"));
        if (subType is "Suppressed" or "OnAccountSuppressionList" || text.Contains("suppressed sending", StringComparison.OrdinalIgnoreCase))
            return (OutcomeKind.Dropped, OutcomeCause.HardBounce);
        return (type switch
        {
            "Permanent" => OutcomeKind.BouncedHard,
            "Transient" when subType is "ContentRejected" or "AttachmentRejected" => OutcomeKind.Blocked,
            "Transient" or "Undetermined" => OutcomeKind.BouncedSoft,
            _ when text.Contains("inbox was full", StringComparison.OrdinalIgnoreCase) => OutcomeKind.BouncedSoft,
            _ => EventDraft.Bounce(EventDraft.CodeOf(text), null, text, rules),
        }, default);
    }

    private static OutcomeCause FailureOf(string reason)
    {
        return Has("quota") || Has("api_key") || Has("api key") || Has("domain") || Has("limit") ? OutcomeCause.Account
            : Has("invalid") || Has("recipient") || Has("address") ? OutcomeCause.HardBounce
            : OutcomeCause.Message;

        bool Has(string words) => reason.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
