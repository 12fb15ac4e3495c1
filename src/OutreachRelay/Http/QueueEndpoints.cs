using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Policy.Score;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /queue</c>, <c>GET /queue/{id}</c>, <c>GET /queue/{id}/content</c> and <c>GET /dead</c>.</summary>
internal static class QueueEndpoints
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    public static void MapQueue(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/queue", context => ListAsync(context, parts, States(context.Request.Query["state"])));
        routes.Get("/dead", context => ListAsync(context, parts, [EntryState.Dead]));
        routes.Get("/queue/{id}", context => ShowAsync(context, parts.Store));
        // Who watches a queue need not read people's mail.
        routes.Get("/queue/{id}/content", context => ContentAsync(context, parts.Store), ApiScopes.Operate);
    }

    private static async Task ListAsync(HttpContext context, AdminParts parts, EntryState[] states)
    {
        var query = context.Request.Query;
        var filter = EntrySelection.Read(query).ToFilter(states, Id(query["after"], "after"), Limit(query["limit"]));
        var page = await parts.Store.ListAsync(filter, context.RequestAborted);
        var (model, now) = (parts.State.Model, parts.Time.GetUtcNow());
        var reports = page.Entries.Select(entry => EntryReport.Of(entry) with { NotBefore = NotBefore(parts, model, entry, now) });
        await context.Response.WriteJsonAsync(new EntryPage([.. reports], Next(page)), ApiJson.Default.EntryPage);
    }

    // What a look at memory tells; explain asks the rest.
    private static NotBeforeReport? NotBefore(AdminParts parts, RelayModel model, QueueEntry entry, DateTimeOffset now)
    {
        if (entry.State is not (EntryState.Queued or EntryState.InDoubt) || entry.ExpiresAt <= now)
            return null;
        if (parts.Schedule.Holds.Find(entry) is { } hold)
            return new NotBeforeReport(WaitKind.Operator, hold.Until);
        if (entry.Due > now || entry.Sender is not { } sender)
            return null;
        var gate = entry.Rank == EntryRank.Tried ? parts.Gates.AskRetry(model, sender) : parts.Gates.Ask(model, sender);
        return gate.IsOpen ? null : new NotBeforeReport(WaitDecision.KindOf(gate.State), gate.Until < DateTimeOffset.MaxValue ? gate.Until : null);
    }

    // The original as it was accepted, octet for octet.
    private static async Task ContentAsync(HttpContext context, IStore store)
    {
        var loaded = QueueId.TryParse(context.Request.RouteValues["id"] as string, out var id) ? await store.LoadAsync(id, context.RequestAborted) : null;
        if (loaded is null || loaded.Message is { ContentFile: null, Content.IsEmpty: true })
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no entry of that id, or its content is no longer kept");
            return;
        }
        var response = context.Response;
        response.ContentType = "message/rfc822";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = loaded.Message.Length;
        if (loaded.Message.ContentFile is { } file)
            await response.SendFileAsync(file, context.RequestAborted);
        else
            await response.Body.WriteAsync(loaded.Message.Content, context.RequestAborted);
    }

    // A message's id is that of its first entry, so every id names one entry; the rest of its message is shown beside it.
    private static async Task ShowAsync(HttpContext context, IStore store)
    {
        var entry = QueueId.TryParse(context.Request.RouteValues["id"] as string, out var id)
            ? (await store.ListAsync(new EntryFilter { Id = id, States = Enum.GetValues<EntryState>(), Limit = MaxPage }, context.RequestAborted)).Entries
                .FirstOrDefault(entry => entry.Id == id)
            : null;
        if (entry is null)
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no entry of that id");
            return;
        }
        var ofMessage = new EntryFilter { Id = entry.MessageId, States = Enum.GetValues<EntryState>(), Limit = DefaultPage };
        var others = (await store.ListAsync(ofMessage, context.RequestAborted)).Entries.Where(other => other.Id != id);
        var attempts = await store.ReadAttemptsAsync(id, context.RequestAborted);
        var events = await store.ReadEventsAsync(id, context.RequestAborted);
        var detail = new EntryDetail(EntryReport.Of(entry), [.. attempts.Select(AttemptReport.Of)], events, [.. others.Select(EntryReport.Of)],
            await FindingsAsync(store, entry, context.RequestAborted));
        await context.Response.WriteJsonAsync(detail, ApiJson.Default.EntryDetail);
    }

    /// <summary>The score rules that an entry's content met; none when it was not scored.</summary>
    public static async Task<ImmutableArray<ScoreFinding>> FindingsAsync(IStore store, QueueEntry entry, CancellationToken cancel) =>
        entry.Score is not null && await store.ReadScoreAsync(entry.MessageId, cancel) is { } score ? ScoreJson.Read(score.Findings) : [];

    /// <summary>The cursor of the page after this one, or <see langword="null"/> when this is the last.</summary>
    public static string? Next(EntrySlice page) => page.Next is { } next ? QueueId.Format(next) : null;

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
}
