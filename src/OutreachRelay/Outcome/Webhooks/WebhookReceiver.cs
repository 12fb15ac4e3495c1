using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Unicode;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Events;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>
/// Takes the requests of providers' webhooks: (1) is there such a webhook, with a secret   (2) is it JSON, within bounds   (3) is it the provider's, and not
/// too old   (4) what does it tell   (5) store it; only then is it accepted.
/// </summary>
public sealed partial class WebhookReceiver : IDisposable
{
    // Nothing that a provider sends is nested so deep.
    private const int MostDepth = 32;

    // Of a batch. The largest known have a thousand.
    private const int MostEvents = 10_000;

    internal static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = MostDepth };

    private readonly OutcomeEvents _events;
    private readonly RelayState _relay;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookReceiver> _logger;
    private readonly SnsCertificates _certificates;
    private readonly PublicFetch _fetch;
    private readonly FrozenDictionary<WebhookKind, IWebhookKind> _kinds;
    private readonly WebhookTroubles _troubles;

    /// <param name="fetch">Gets what is at a URL of Amazon's; <see langword="null"/>: over the internet.</param>
    /// <param name="roots">Who vouches for Amazon's certificates; <see langword="null"/>: the system's roots.</param>
    public WebhookReceiver(
        OutcomeEvents events, RelayState relay, TimeProvider time, ILogger<WebhookReceiver> logger,
        Func<Uri, CancellationToken, Task<byte[]?>>? fetch = null, X509Certificate2Collection? roots = null)
    {
        (_events, _relay, _time, _logger) = (events, relay, time, logger);
        _fetch = new PublicFetch(time);
        fetch ??= _fetch.GetAsync;
        _certificates = new SnsCertificates(fetch, roots, time);
        _troubles = new WebhookTroubles(time);
        _kinds = new Dictionary<WebhookKind, IWebhookKind>
        {
            [WebhookKind.SendGrid] = new SendGridWebhook(),
            [WebhookKind.Mailgun] = new MailgunWebhook(),
            [WebhookKind.Ses] = new SesWebhook(_certificates, fetch),
            [WebhookKind.Postmark] = new PostmarkWebhook(),
            [WebhookKind.Resend] = new ResendWebhook(),
        }.ToFrozenDictionary();
    }

    /// <summary>The webhooks whose requests have lately not proved to be their providers'.</summary>
    public ImmutableArray<WebhookTrouble> Troubles => _troubles.Recent();

    /// <summary>The webhook of an upstream; <see langword="null"/> when there is none, or no secret for it.</summary>
    public WebhookModel? Find(string upstream) => _relay.Model.Upstreams.GetValueOrDefault(upstream)?.Webhook;

    /// <summary>Takes a request.</summary>
    /// <param name="body">All of it, as it came.</param>
    public async Task<WebhookResult> ReceiveAsync(string upstream, IHeaderDictionary headers, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        // :: Step 1: the webhook.
        if (Find(upstream) is not { } webhook)
            return WebhookResult.NotFound;
        var kind = _kinds[webhook.Kind];
        var request = new WebhookRequest(upstream, webhook.Secrets, headers, body, _time.GetUtcNow());

        // :: Step 2: JSON.
        JsonDocument document;
        try
        {
            if (!Utf8.IsValid(body.Span))
                return WebhookResult.Malformed;
            document = JsonDocument.Parse(body, JsonOptions);
        }
        catch (JsonException)
        {
            return WebhookResult.Malformed;
        }
        using (document)
            return await ReceiveAsync(kind, request, document.RootElement, cancel);
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _fetch.Dispose();
    }

    private async Task<WebhookResult> ReceiveAsync(IWebhookKind kind, WebhookRequest request, JsonElement json, CancellationToken cancel)
    {
        // :: Step 3: the proof.
        var proof = await VerifyAsync(kind, request, json, cancel);
        if (proof is WebhookResult.Forged or WebhookResult.Stale)
        {
            _troubles.Refused(request.Upstream, isStale: proof == WebhookResult.Stale);
            Log.Refused(_logger, request.Upstream, proof);
        }
        if (proof != WebhookResult.Accepted)
            return proof;
        _troubles.Accepted(request.Upstream);

        // :: Step 4: what it tells.
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > MostEvents)
            return WebhookResult.TooLarge;
        var events = kind.Read(request, json, _relay.Model.Replies);

        // :: Step 5: store.
        return events.IsEmpty || await _events.RecordAsync(events) ? WebhookResult.Accepted : WebhookResult.Unavailable;
    }

    // Text that is none where the proof should be: half of a surrogate pair.
    private static async Task<WebhookResult> VerifyAsync(IWebhookKind kind, WebhookRequest request, JsonElement json, CancellationToken cancel)
    {
        try
        {
            return await kind.VerifyAsync(request, json, cancel);
        }
        catch (InvalidOperationException)
        {
            return WebhookResult.Malformed;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(8010, LogLevel.Warning, "A request to the webhook of upstream {Upstream} was refused: {Result}")]
        public static partial void Refused(ILogger logger, string upstream, WebhookResult result);
    }
}
