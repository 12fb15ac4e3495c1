using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Webhooks;

namespace OutreachRelay.Http;

/// <summary><c>POST /webhooks/{upstream}</c>: what a provider tells of the mail it took.</summary>
/// <remarks>
/// 401 keeps providers trying, where 403 (Postmark) and 406 (Mailgun) would end it; 503 when nothing can be stored; 200, and no other 2xx, which is what all of
/// them take for done.
/// </remarks>
internal sealed partial class WebhookEndpoint(WebhookReceiver receiver, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>Octets of a body.</summary>
    public const int MostOctets = 1 << 20;

    // Bodies in memory at once. Who sends slowly gives way.
    private const int MostBodies = 64;

    private static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Tags: upstream = a name of the configuration, or empty; result = a word of WebhookResult.
    private static readonly Counter<long> Requests = RelayMeter.Instance.CreateCounter<long>(
        "outreach_webhook_requests", "{request}", "Requests to the webhooks of providers, by upstream and result.");

    private readonly SemaphoreSlim _places = new(MostBodies, MostBodies);

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.Map("/webhooks/{upstream}", HandleAsync);

    public void Dispose() => _places.Dispose();

    private async Task HandleAsync(HttpContext context)
    {
        var upstream = (string)context.Request.RouteValues["upstream"]!;
        var isKnown = HttpMethods.IsPost(context.Request.Method) && receiver.Find(upstream) is not null;
        var result = isKnown ? await ReceiveAsync(context, upstream) : WebhookResult.NotFound;
        Requests.Add(
            1, new KeyValuePair<string, object?>("upstream", isKnown ? upstream : ""),
            new KeyValuePair<string, object?>("result", JsonNamingPolicy.SnakeCaseLower.ConvertName(result.ToString())));
        context.Response.StatusCode = StatusOf(result);
        if (result is WebhookResult.Challenged or WebhookResult.Forged or WebhookResult.Stale)
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"webhooks\", charset=\"UTF-8\"";
        if (result == WebhookResult.Unavailable)
            context.Response.Headers.RetryAfter = "30";
    }

    private async Task<WebhookResult> ReceiveAsync(HttpContext context, string upstream)
    {
        if (context.Request.Headers.ContentEncoding is not ([] or ["identity"]))
            return WebhookResult.Encoded;
        if (context.Request.ContentLength > MostOctets)
            return WebhookResult.TooLarge;
        if (!await _places.WaitAsync(Patience, context.RequestAborted))
            return WebhookResult.Unavailable;
        var body = new ArrayBufferWriter<byte>();
        try
        {
            if (!await TryReadAsync(context, body))
                return WebhookResult.TooLarge;
            return await receiver.ReceiveAsync(upstream, context.Request.Headers, body.WrittenMemory, context.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? WebhookResult.TooLarge : WebhookResult.Malformed;
        }
        catch (OperationCanceledException)
        {
            // It went away, or was too slow.
            return WebhookResult.Malformed;
        }
        catch (Exception e)
        {
            Log.Failed(log, e, upstream);
            return WebhookResult.Unavailable;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <returns>Whether it is within bounds.</returns>
    private async Task<bool> TryReadAsync(HttpContext context, ArrayBufferWriter<byte> body)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MostOctets;
        using var deadline = new CancellationTokenSource(ReadTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(either.Token);
            foreach (var part in read.Buffer)
                body.Write(part.Span);
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (body.WrittenCount > MostOctets)
                return false;
            if (read.IsCompleted)
                return true;
        }
    }

    private static int StatusOf(WebhookResult result) => result switch
    {
        WebhookResult.Accepted => StatusCodes.Status200OK,
        WebhookResult.Challenged or WebhookResult.Forged or WebhookResult.Stale => StatusCodes.Status401Unauthorized,
        WebhookResult.Malformed => StatusCodes.Status400BadRequest,
        WebhookResult.TooLarge => StatusCodes.Status413PayloadTooLarge,
        WebhookResult.Encoded => StatusCodes.Status415UnsupportedMediaType,
        WebhookResult.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status404NotFound,
    };

    private static partial class Log
    {
        [LoggerMessage(7030, LogLevel.Error, "A request to the webhook of upstream {Upstream} broke off")]
        public static partial void Failed(ILogger log, Exception e, string upstream);
    }
}
