using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /status</c>.</summary>
internal static class StatusEndpoint
{
    public static void MapStatus(this AdminApi.GuardedRoutes routes, AdminParts parts) =>
        routes.Get("/status", async context =>
        {
            var report = await ReportAsync(parts, context.RequestAborted);
            await context.Response.WriteJsonAsync(report, ApiJson.Default.StatusReport);
        });

    private static async Task<StatusReport> ReportAsync(AdminParts parts, CancellationToken cancel)
    {
        var now = parts.Time.GetUtcNow();
        var model = parts.State.Model;
        var obstacle = parts.Readiness.Obstacle();
        var health = parts.Store.Health;
        return new StatusReport
        {
            Version = parts.Version,
            ModelVersion = model.Version,
            StartedAt = parts.State.StartedAt,
            Uptime = (long)(now - parts.State.StartedAt).TotalSeconds,
            Ready = obstacle is null,
            Reason = obstacle ?? "",
            Store = new StoreReport(health.Status, health.Reason),
            RestoredAt = parts.Store.Counts.Held > 0 ? parts.RestoredAt : null,
            Queue = parts.Store.Counts,
            Oldest = await ReadOldestAsync(parts.Store, now, cancel),
            Upstreams = parts.Upstreams(),
            Holds = [.. parts.Schedule.Holds.All.Select(HoldReport.Of)],
            Alerts = [.. parts.Alerts.Active.Select(AlertReport.Of)],
            Preflight = PreflightCounts.Of(parts.Preflight),
            Senders = model.Senders.Count,
            LastReload = parts.State.LastReload is { } reload ? new ReloadReport(reload.At, reload.Succeeded, reload.Message) : null,
        };
    }

    private static async Task<OldestReport> ReadOldestAsync(IStore store, DateTimeOffset now, CancellationToken cancel)
    {
        return new OldestReport(
            await AgeAsync(EntryState.Queued), await AgeAsync(EntryState.InDoubt), await AgeAsync(EntryState.Held), await AgeAsync(EntryState.Dead));

        async Task<long?> AgeAsync(EntryState state) =>
            await store.ReadOldestAsync(state, cancel) is { } accepted ? (long)(now - accepted).TotalSeconds : null;
    }
}
