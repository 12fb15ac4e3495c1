using OutreachRelay.Configuration;

namespace OutreachRelay.Http;

/// <summary><c>/api/v1</c>: spoken by the command line over the Unix socket, and by whoever holds a token over TCP.</summary>
public static partial class AdminApi
{
    private const string Root = "/api/v1";

    /// <summary>Maps the whole API. Over TCP every path of it answers 404 while no token is configured.</summary>
    public static void MapAdminApi(this IEndpointRouteBuilder endpoints, AdminParts parts)
    {
        var routes = new GuardedRoutes(endpoints, parts.State, parts.Log);
        routes.MapStatus(parts);
        routes.MapQueue(parts);
        routes.MapActions(parts);
        routes.MapHolds(parts);
        routes.MapSenders(parts);
        routes.MapExplain(parts);
        routes.MapEvents(parts);
        routes.MapForecast(parts);
        routes.MapPreflight(parts);
        routes.MapSuppressions(parts);
        routes.MapBounces(parts);
        routes.MapUpstreams(parts);
        routes.MapUntold(parts);
    }

    /// <summary>Maps paths below <c>/api/v1</c>. Each asks for access first, a GET mostly to read and a POST to operate, and turns failures into problem details.</summary>
    internal sealed class GuardedRoutes(IEndpointRouteBuilder endpoints, RelayState state, ILogger log)
    {
        public void Get(string path, RequestDelegate handle, ApiScopes needed = ApiScopes.Read) =>
            endpoints.MapGet(Root + path, context => GuardAsync(context, needed, _ => handle(context)));

        /// <param name="handle">Is told who acts.</param>
        public void Post(string path, Func<HttpContext, string, Task> handle) =>
            endpoints.MapPost(Root + path, context => GuardAsync(context, ApiScopes.Operate, who => handle(context, who)));

        private Task GuardAsync(HttpContext context, ApiScopes needed, Func<string, Task> handle)
        {
            switch (ApiAccess.Of(context, state.Model.Http, needed))
            {
                case ApiAccess.Granted granted:
                    return RunAsync(context, granted.Who, handle);
                case ApiAccess.Refused refused:
                    Log.Refused(log, context.Request.Path, context.Connection.RemoteIpAddress, refused.Detail);
                    context.Response.Headers.WWWAuthenticate = refused.Challenge;
                    return context.Response.WriteProblemAsync(refused.Status, refused.Detail);
                default:
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
            }
        }

        private async Task RunAsync(HttpContext context, string who, Func<string, Task> handle)
        {
            try
            {
                await handle(who);
            }
            catch (BadRequestException e)
            {
                await context.Response.WriteProblemAsync(e.Status, e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException && !context.Response.HasStarted)
            {
                Log.RequestFailed(log, e, context.Request.Path);
                await context.Response.WriteProblemAsync(StatusCodes.Status500InternalServerError, "the request failed; the relay's log says why");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(7001, LogLevel.Error, "API request {Path} failed")]
        public static partial void RequestFailed(ILogger log, Exception e, string path);

        [LoggerMessage(7002, LogLevel.Warning, "API request {Path} of {Remote} refused: {Reason}")]
        public static partial void Refused(ILogger log, string path, System.Net.IPAddress? remote, string reason);
    }
}
