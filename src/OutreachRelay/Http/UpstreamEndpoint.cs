namespace OutreachRelay.Http;

/// <summary><c>POST /upstreams/resume</c>: an upstream that rests is tried at once.</summary>
internal static partial class UpstreamEndpoint
{
    public static void MapUpstreams(this AdminApi.GuardedRoutes routes, AdminParts parts) =>
        routes.Post("/upstreams/resume", (context, who) => ResumeAsync(context, parts, who));

    private static async Task ResumeAsync(HttpContext context, AdminParts parts, string who)
    {
        var name = (await JsonBody.ReadAsync(context, ApiJson.Default.PauseRequest)).Name ?? "";
        if (!parts.Schedule.Resume(name))
        {
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, "there is no upstream of that name");
            return;
        }
        Log.Resumed(parts.Log, name, who);
        // How it is lives in memory alone: there is nothing to keep.
        await context.Response.WriteJsonAsync(new PauseReply(name, Kept: true), ApiJson.Default.PauseReply);
    }

    private static partial class Log
    {
        [LoggerMessage(7031, LogLevel.Information, "Upstream {Upstream} is resumed by {Who}: the next mail tries it")]
        public static partial void Resumed(ILogger log, string upstream, string who);
    }
}
