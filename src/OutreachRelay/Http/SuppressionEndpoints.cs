using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET</c> and <c>POST /suppressions</c>, <c>POST /suppressions/remove</c> and <c>POST /erase</c>: who is not mailed.</summary>
internal static class SuppressionEndpoints
{
    private const string Unavailable = "the store takes no writes; nothing was changed";

    public static void MapSuppressions(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/suppressions", context => ListAsync(context, parts));
        routes.Post("/suppressions", (context, who) => AddAsync(context, parts, who));
        routes.Post("/suppressions/remove", (context, _) => RemoveAsync(context, parts));
        routes.Post("/erase", (context, who) => EraseAsync(context, parts, who));
    }

    private static async Task ListAsync(HttpContext context, AdminParts parts)
    {
        var query = context.Request.Query;
        RecipientHash? recipient = null;
        if (query.ContainsKey("address") || query.ContainsKey("hash"))
        {
            if (SuppressionRows.TryRecipient(parts.Suppressions, query["address"], query["hash"], out var named, out _) is { } problem)
                throw new BadRequestException(problem);
            recipient = named;
        }
        var page = await parts.Store.ListSuppressionsAsync(new SuppressionFilter
        {
            Client = query.ContainsKey("client") ? query["client"].ToString() : null,
            Global = query["global"] == "true",
            Reason = query.ContainsKey("reason") ? SuppressionText.Parse(query["reason"]) ?? throw new BadRequestException("reason is not one that there is") : null,
            Recipient = recipient,
            After = Cursor(query["after"]),
            Limit = QueueEndpoints.Limit(query["limit"]),
        }, context.RequestAborted);
        var reply = new SuppressionPage([.. page.Suppressions.Select(SuppressionReport.Of)], page.Next is { } next ? Format(next) : null);
        await context.Response.WriteJsonAsync(reply, ApiJson.Default.SuppressionPage);
    }

    private static async Task AddAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.SuppressionRequest, SuppressionRequest.MostOctets);
        if (request.Rows.IsDefaultOrEmpty || request.Rows.Length > SuppressionRequest.MostRows)
            throw new BadRequestException($"rows has not 1 to {SuppressionRequest.MostRows} rows");
        var rows = new SuppressionRows(parts.Suppressions, parts.State.Model, parts.Time.GetUtcNow(), who);
        var problems = new string?[request.Rows.Length];
        var good = new List<SuppressRequest>(request.Rows.Length);
        for (var i = 0; i < problems.Length; i++)
        {
            problems[i] = rows.TryRead(request.Rows[i], out var one);
            if (one is not null)
                good.Add(one);
        }
        var outcomes = new Queue<SuppressOutcome>(good.Count == 0 ? [] : await parts.Suppressions.SuppressAsync(good));
        ImmutableArray<RowReport> results =
            [.. problems.Select(problem => problem is null ? new RowReport(Of(outcomes.Dequeue())) : new RowReport(RowOutcome.Invalid, problem))];
        await context.Response.WriteJsonAsync(new SuppressionReply(results), ApiJson.Default.SuppressionReply);
    }

    private static async Task RemoveAsync(HttpContext context, AdminParts parts)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.UnsuppressRequest);
        if (SuppressionRows.TryRecipient(parts.Suppressions, request.Address, request.Hash, out var recipient, out _) is { } problem)
            throw new BadRequestException(problem);
        // Of a client that is configured no more, too.
        if (request is { Client: null, Direction: not null })
            throw new BadRequestException("a direction needs its client");
        var outcome = await parts.Suppressions.EndAsync(recipient, new SuppressionScope(request.Client, request.Direction), request.EvenIfAsked);
        if (outcome == UnsuppressOutcome.Unavailable)
            await context.Response.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, Unavailable);
        else
            await context.Response.WriteJsonAsync(new UnsuppressReply(outcome), ApiJson.Default.UnsuppressReply);
    }

    private static async Task EraseAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.ErasureRequest);
        if (!Mailbox.TryParse(request.Address, out var person, out var error))
            throw new BadRequestException("the address is not valid: " + error);
        var result = await parts.Suppressions.EraseAsync(person, who, parts.GiveBack);
        if (result.IsUnavailable)
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, Unavailable);
            return;
        }
        if (result.Entries > 0)
            parts.QueueChanged();
        await context.Response.WriteJsonAsync(new ErasureReply(result.Entries, result.Running), ApiJson.Default.ErasureReply);
    }

    private static RowOutcome Of(SuppressOutcome outcome) => outcome switch
    {
        SuppressOutcome.Added => RowOutcome.Added,
        SuppressOutcome.Changed => RowOutcome.Changed,
        SuppressOutcome.Unavailable => RowOutcome.Unavailable,
        _ => RowOutcome.Existing,
    };

    private static string Format(SuppressionCursor cursor) => string.Create(CultureInfo.InvariantCulture, $"{cursor.Recipient}.{cursor.Client}.{cursor.Direction}");

    private static SuppressionCursor? Cursor(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var parts = text.Split('.', 4);
        return parts.Length == 3 && RecipientHash.TryParse(parts[0], out var recipient)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var client)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var direction)
            ? new SuppressionCursor(recipient, client, direction)
            : throw new BadRequestException("after is not the end of a page");
    }
}
