using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /queue</c>, <c>GET /queue/{id}</c> and <c>GET /dead</c>.</summary>
internal static class QueueEndpoints
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    public static void MapQueue(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/queue", context => ListAsync(context, parts.Store, States(context.Request.Query["state"])));
        routes.Get("/dead", context => ListAsync(context, parts.Store, [EntryState.Dead]));
        routes.Get("/queue/{id}", context => ShowAsync(context, parts.Store));
    }

    private static async Task ListAsync(HttpContext context, IStore store, EntryState[] states)
    {
        var query = context.Request.Query;
        var filter = new EntryFilter
        {
            States = states,
            Client = NullIfEmpty(query["client"]),
            Upstream = NullIfEmpty(query["upstream"]),
            After = Id(query["after"], "after"),
            Limit = Limit(query["limit"]),
        };
        var entries = await store.ListAsync(filter, context.RequestAborted);
        await context.Response.WriteJsonAsync(new EntryPage([.. entries.Select(EntryReport.Of)], Next(entries, filter.Limit)), ApiJson.Default.EntryPage);
    }

    // A message's id is that of its first entry, so every id names one entry; the rest of its message is shown beside it.
    private static async Task ShowAsync(HttpContext context, IStore store)
    {
        var entry = QueueId.TryParse(context.Request.RouteValues["id"] as string, out var id)
            ? (await store.ListAsync(new EntryFilter { Id = id, States = Enum.GetValues<EntryState>(), Limit = MaxPage }, context.RequestAborted))
                .FirstOrDefault(entry => entry.Id == id)
            : null;
        if (entry is null)
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no entry of that id");
            return;
        }
        var ofMessage = new EntryFilter { Id = entry.MessageId, States = Enum.GetValues<EntryState>(), Limit = DefaultPage };
        var others = (await store.ListAsync(ofMessage, context.RequestAborted)).Where(other => other.Id != id);
        var attempts = await store.ReadAttemptsAsync(id, context.RequestAborted);
        var events = await store.ReadEventsAsync(id, context.RequestAborted);
        var detail = new EntryDetail(EntryReport.Of(entry), [.. attempts.Select(AttemptReport.Of)], events, [.. others.Select(EntryReport.Of)]);
        await context.Response.WriteJsonAsync(detail, ApiJson.Default.EntryDetail);
    }

    /// <summary>The cursor of the page after this one, or <see langword="null"/> when this one was not full.</summary>
    public static string? Next(ImmutableArray<QueueEntry> page, int limit) => page.Length < limit ? null : QueueId.Format(page[^1].Id);

    /// <summary>A cursor; 0 when there is none.</summary>
    public static long Id(string? text, string parameter)
    {
        if (string.IsNullOrEmpty(text))
            return 0;
        return QueueId.TryParse(text, out var id) ? id : throw new BadRequestException($"{parameter} is not a queue id");
    }

    /// <summary>The length of a page.</summary>
    public static int Limit(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return DefaultPage;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxPage
            ? limit
            : throw new BadRequestException($"limit is not a number from 1 to {MaxPage}");
    }

    private static EntryState[] States(string? text) => string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Distinct().Select(State)];

    private static EntryState State(string word)
    {
        foreach (var state in Enum.GetValues<EntryState>())
        {
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()) == word)
                return state;
        }
        throw new BadRequestException("state is not one of queued, leased, in_doubt, held, dead, relayed, failed, expired, dropped");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
