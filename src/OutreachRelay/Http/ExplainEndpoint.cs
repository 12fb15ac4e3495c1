using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /explain/{id}</c>: an entry, or each entry of the message whose id it is.</summary>
internal static class ExplainEndpoint
{
    // Of a message with many recipients, the first.
    private const int MostEntries = 100;

    public static void MapExplain(this AdminApi.GuardedRoutes routes, AdminParts parts) =>
        routes.Get("/explain/{id}", async context =>
        {
            var entries = QueueId.TryParse(context.Request.RouteValues["id"] as string, out var id)
                ? (await parts.Store.ListAsync(
                    new EntryFilter { Id = id, States = Enum.GetValues<EntryState>(), Limit = MostEntries }, context.RequestAborted)).Entries
                : [];
            if (entries.IsEmpty)
            {
                await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no entry of that id");
                return;
            }
            var explanations = await parts.Explainer.ExplainAsync(entries, context.RequestAborted);
            // They are of the message, and so the same for each of its entries.
            var findings = await QueueEndpoints.FindingsAsync(parts.Store, entries[0], context.RequestAborted);
            await context.Response.WriteJsonAsync(
                [.. explanations.Select(explanation => new ExplanationReport(explanation, findings))], ApiJson.Default.ExplanationReportArray);
        });
}
