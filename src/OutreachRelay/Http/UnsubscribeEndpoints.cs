using Microsoft.AspNetCore.Http.Features;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>/u/{token}</c>: what <c>List-Unsubscribe</c> points to. GET and HEAD change nothing, because link scanners follow them (RFC 8058 §1); POST unsubscribes.</summary>
internal static partial class UnsubscribeEndpoints
{
    private const string Path = "/u/{token}";

    public static void MapUnsubscribe(this IEndpointRouteBuilder endpoints, OptOuts optOuts, ILogger log)
    {
        endpoints.MapMethods(Path, [HttpMethods.Get, HttpMethods.Head], context => GuardAsync(context, optOuts, log, ShowAsync));
        endpoints.MapPost(Path, context => GuardAsync(context, optOuts, log, AcceptAsync));
    }

    private static async Task GuardAsync(HttpContext context, OptOuts optOuts, ILogger log, Func<HttpContext, OptOuts, PageText, OptOutOffer, Task> answer)
    {
        var text = PageText.For(context.Request.GetTypedHeaders().AcceptLanguage);
        try
        {
            if (await optOuts.ReadAsync(context.Request.RouteValues["token"] as string ?? "", context.RequestAborted) is { } offer)
                await answer(context, optOuts, text, offer);
            else
                await WriteAsync(context, StatusCodes.Status404NotFound, "unknown", text, UnsubscribePage.Unknown(text));
        }
        catch (StoreUnavailableException e)
        {
            Log.NotRead(log, e.Message);
            await WriteUnavailableAsync(context, text);
        }
    }

    private static Task ShowAsync(HttpContext context, OptOuts optOuts, PageText text, OptOutOffer offer) =>
        WriteAsync(context, StatusCodes.Status200OK, "shown", text, UnsubscribePage.Question(text, offer));

    // RFC 8058 §3.2: no cookies, no credentials, and no redirect in the answer. Whoever holds the link may use it; that is what it is for.
    private static async Task AcceptAsync(HttpContext context, OptOuts optOuts, PageText text, OptOutOffer offer)
    {
        if (await ReadBodyAsync(context) is not { } body)
            await WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "bad", text, UnsubscribePage.Bad(text));
        else if (!OneClickBody.Asks(context.Request.ContentType, body.Span))
            await WriteAsync(context, StatusCodes.Status400BadRequest, "bad", text, UnsubscribePage.Bad(text));
        else if (await optOuts.AcceptAsync(offer))
            await WriteAsync(context, StatusCodes.Status200OK, "done", text, UnsubscribePage.Done(text, offer));
        else
            await WriteUnavailableAsync(context, text);
    }

    /// <returns><see langword="null"/> for one that is too long.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = OneClickBody.MostOctets;
        try
        {
            var body = new byte[OneClickBody.MostOctets];
            var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
            return body.AsMemory(0, length);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }

    private static Task WriteUnavailableAsync(HttpContext context, PageText text)
    {
        context.Response.Headers.RetryAfter = "60";
        return WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", text, UnsubscribePage.Later(text));
    }

    // The link is the recipient's alone: it stands in no cache, in no Referer, and in no other site's frame.
    private static Task WriteAsync(HttpContext context, int status, string result, PageText text, string page)
    {
        UnsubscribeMetrics.Answered(result);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentLanguage = text.Language;
        response.Headers.Vary = "Accept-Language";
        response.Headers.ContentSecurityPolicy = UnsubscribePage.Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["X-Robots-Tag"] = "noindex";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.WriteAsync(page, context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(7020, LogLevel.Error, "A link to unsubscribe could not be looked up: {Reason}")]
        public static partial void NotRead(ILogger log, string reason);
    }
}
