namespace OutreachRelay.Http;

/// <summary><c>/api/v1</c>, which the command line speaks over the Unix socket: who may open the socket may operate the relay.</summary>
public static partial class AdminApi
{
    private const string Root = "/api/v1";

    /// <summary>Maps the whole API. Over TCP every path of it answers 404.</summary>
    public static void MapAdminApi(this IEndpointRouteBuilder endpoints, AdminParts parts)
    {
        var local = new LocalRoutes(endpoints, parts.Log);
        local.MapStatus(parts);
        local.MapQueue(parts);
        local.MapActions(parts);
    }

    /// <summary>Maps paths below <c>/api/v1</c> that answer over the Unix socket alone, and turns failures into problem details.</summary>
    internal sealed class LocalRoutes(IEndpointRouteBuilder endpoints, ILogger log)
    {
        public void Get(string path, RequestDelegate handle) => endpoints.MapGet(Root + path, context => RunAsync(context, handle));

        public void Post(string path, RequestDelegate handle) => endpoints.MapPost(Root + path, context => RunAsync(context, handle));

        private async Task RunAsync(HttpContext context, RequestDelegate handle)
        {
            if (!UnixPeer.IsOn(context))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }
            try
            {
                await handle(context);
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
    }
}
