using System.Globalization;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /events</c>: what happened to mails, in the order in which it was recorded.</summary>
internal static class EventEndpoints
{
    private static readonly Dictionary<string, StoreEventKind> Kinds =
        Enum.GetValues<StoreEventKind>().ToDictionary(static kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()));

    public static void MapEvents(this AdminApi.GuardedRoutes routes, AdminParts parts) =>
        routes.Get("/events", context => ListAsync(context, parts.Store));

    private static async Task ListAsync(HttpContext context, IStore store)
    {
        var query = context.Request.Query;
        var filter = new EventFilter
        {
            Kinds = KindsOf(query["kind"]),
            Client = NullIfEmpty(query["client"]),
            Upstream = NullIfEmpty(query["upstream"]),
            EntryId = NullIfEmpty(query["entry"]) is { } entry ? QueueEndpoints.Id(entry, "entry") : null,
            After = AfterOf(query["after"]),
            Limit = QueueEndpoints.Limit(query["limit"]),
        };
        var page = await store.ListEventsAsync(filter, context.RequestAborted);
        await context.Response.WriteJsonAsync(new EventPage([.. page.Events.Select(EventReport.Of)], page.Next, page.IsLast), ApiJson.Default.EventPage);
    }

    private static StoreEventKind[] KindsOf(string? text) => string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Distinct().Select(static word =>
        Kinds.TryGetValue(word, out var kind) ? kind : throw new BadRequestException($"kind is not one of {string.Join(", ", Kinds.Keys)}"))];

    // Negative: only the last so many.
    private static long AfterOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return 0;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var after) && after >= -1000
            ? after
            : throw new BadRequestException("after is not the id of an event");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
