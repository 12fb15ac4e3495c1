using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /untold</c>, <c>POST /untold/resend</c> and <c>POST /untold/drop</c>: events that clients did not take.</summary>
internal static class UntoldEndpoints
{
    private const int MostIds = 1000;

    public static void MapUntold(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/untold", context => ListAsync(context, parts));
        routes.Post("/untold/resend", (context, _) => ChangeAsync(context, parts, static ids => new UntoldChange.Again(ids)));
        routes.Post("/untold/drop", (context, _) => ChangeAsync(context, parts, static ids => new UntoldChange.Drop(ids)));
    }

    private static async Task ListAsync(HttpContext context, AdminParts parts)
    {
        var client = context.Request.Query["client"].ToString();
        var untold = await parts.Store.ReadUntoldAsync(client.Length == 0 ? null : client, context.RequestAborted);
        await context.Response.WriteJsonAsync(new UntoldList([.. untold.Select(UntoldReport.Of)]), ApiJson.Default.UntoldList);
    }

    private static async Task ChangeAsync(HttpContext context, AdminParts parts, Func<ImmutableArray<long>, UntoldChange> change)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.UntoldRequest);
        if (request.Ids.IsDefault || request.Ids.IsEmpty != request.All || request.Ids.Length > MostIds)
            throw new BadRequestException($"give 1 to {MostIds} ids, or else all");
        if (await parts.Store.ChangeUntoldAsync(change(request.Ids)) is not { } changed)
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, "the store takes no writes; nothing was changed");
            return;
        }
        parts.HooksChanged();
        await context.Response.WriteJsonAsync(new UntoldReply(changed), ApiJson.Default.UntoldReply);
    }
}
