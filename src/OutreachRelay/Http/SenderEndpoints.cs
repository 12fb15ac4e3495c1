using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /senders</c>, <c>GET /senders/show</c>, <c>POST /senders/{pause,resume}</c>.</summary>
internal static class SenderEndpoints
{
    // Entries of a sender that are counted as waiting.
    private const int MostWaiting = 1000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(3660);

    public static void MapSenders(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/senders", context => ListAsync(context, parts));
        routes.Get("/senders/show", context => ShowAsync(context, parts));
        routes.Post("/senders/pause", (context, who) => PauseAsync(context, parts, who));
        routes.Post("/senders/resume", (context, who) => ResumeAsync(context, parts, who));
    }

    private static Task ListAsync(HttpContext context, AdminParts parts)
    {
        var (query, model) = (context.Request.Query, parts.State.Model);
        var (status, pool, limit) = (Status(query["status"]), (string?)query["pool"], QueueEndpoints.Limit(query["limit"]));
        var client = string.IsNullOrEmpty(query["client"]) ? null
            : model.Clients.GetValueOrDefault(query["client"]!) ?? throw new BadRequestException("there is no such client");
        if (!string.IsNullOrEmpty(pool) && !model.Pools.ContainsKey(pool))
            throw new BadRequestException("there is no such pool");
        var senders = ImmutableArray.CreateBuilder<SenderReport>();
        var last = "";
        foreach (var key in model.Senders.Keys.Order(StringComparer.Ordinal).Where(key => string.CompareOrdinal(key, query["after"]) > 0))
        {
            if (senders.Count == limit)
                return WriteAsync(new SenderPage(senders.ToImmutable(), last));
            if (!string.IsNullOrEmpty(pool) && model.Senders[key].Pool != pool)
                continue;
            if ((client is null || Rotation.IsOf(model, client, key)) && parts.Senders.Look(model, key) is { } figures && (status ?? figures.Status) == figures.Status)
                senders.Add(SenderReport.Of(model, figures));
            last = key;
        }
        return WriteAsync(new SenderPage(senders.ToImmutable(), null));

        Task WriteAsync(SenderPage page) => context.Response.WriteJsonAsync(page, ApiJson.Default.SenderPage);
    }

    private static async Task ShowAsync(HttpContext context, AdminParts parts)
    {
        var model = parts.State.Model;
        if (NameOf(context.Request.Query["address"]) is not { } key || parts.Senders.Look(model, key) is not { } figures)
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no sender of that address");
            return;
        }
        var waiting = await WaitingAsync(parts.Store, model, figures, parts.Time.GetUtcNow(), context.RequestAborted);
        await context.Response.WriteJsonAsync(new SenderDetail(SenderReport.Of(model, figures), figures, waiting), ApiJson.Default.SenderDetail);
    }

    private static async Task<ImmutableArray<WaitingReport>> WaitingAsync(
        IStore store, RelayModel model, SenderFigures figures, DateTimeOffset now, CancellationToken cancel)
    {
        var waiting = ImmutableArray.CreateBuilder<WaitingReport>();
        foreach (var direction in model.Clients.Values.SelectMany(client => client.Directions.Values).Where(direction => direction.Pool.Name == figures.Pool.Name))
        {
            var lane = new LaneKey(direction.Client, direction.Name, figures.Model.Key);
            var page = await store.ReadLaneAsync(lane, EntryRank.FollowUpHigh, EntryRank.FirstLow, now.AddDays(1), MostWaiting, cancel);
            waiting.Add(new WaitingReport(direction.Client, direction.Name, page.Entries.Count(entry => entry.UnitDate == figures.Today)));
        }
        return waiting.ToImmutable();
    }

    private static async Task PauseAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.PauseRequest);
        if (string.IsNullOrWhiteSpace(request.Reason))
            throw new BadRequestException("a pause needs a reason");
        if (request.For < 1 || request.For > LongestPause.TotalSeconds)
            throw new BadRequestException("for is not a number of seconds from 1 on, or too long");
        DateTimeOffset? until = request.For is { } seconds ? parts.Time.GetUtcNow().AddSeconds(seconds) : null;
        await AnswerAsync(context, request, name => parts.Health.PauseAsync(name, until, VisibleText.Escape(request.Reason, ActionLimits.MaxReason), who));
    }

    private static async Task ResumeAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.PauseRequest);
        if (request.Reason is not null || request.For is not null)
            throw new BadRequestException("resuming takes a name and nothing else");
        await AnswerAsync(context, request, name => parts.Health.ResumeAsync(name, who));
    }

    private static async Task AnswerAsync(HttpContext context, PauseRequest request, Func<string, Task<HealthChange>> act)
    {
        var name = NameOf(request.Name);
        var change = name is null ? HealthChange.Unknown : await act(name);
        if (change == HealthChange.Unknown)
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no sender and no sender domain of that name");
        else
            await context.Response.WriteJsonAsync(new PauseReply(name!, change == HealthChange.Kept), ApiJson.Default.PauseReply);
    }

    // A sender's key, or a domain in A-labels: what stands behind the @ of an address is spelled the same way.
    private static string? NameOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (Mailbox.TryParse(text, out var mailbox, out _))
            return mailbox.Key;
        return Mailbox.TryParse("a@" + text, out var inDomain, out _) ? inDomain.AsciiDomain : null;
    }

    private static SenderStatus? Status(string? word)
    {
        if (string.IsNullOrEmpty(word))
            return null;
        return word switch
        {
            "healthy" => SenderStatus.Healthy,
            "degraded" => SenderStatus.Degraded,
            "paused" => SenderStatus.Paused,
            "trial" => SenderStatus.Trial,
            _ => throw new BadRequestException("status is not one of healthy, degraded, paused, trial"),
        };
    }
}
