using System.Collections.Immutable;
using OutreachRelay.Observe;

namespace OutreachRelay.Http;

/// <summary>What monitors and balancers ask.</summary>
public static class HealthEndpoints
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>/healthz</c>: 200 while the process answers at all. <c>/readyz</c>: 200 when a message could be accepted and committed, else 503 with the reason.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Readiness readiness, Func<ImmutableArray<UpstreamReport>> upstreams)
    {
        endpoints.MapMethods("/healthz", Reading, static context => context.Response.WriteAsync("ok\n"));
        endpoints.MapMethods("/readyz", Reading, context =>
        {
            var obstacle = readiness.Obstacle();
            var report = new ReadinessReport(obstacle is null, obstacle ?? "", upstreams());
            var code = obstacle is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteJsonAsync(report, ApiJson.Default.ReadinessReport, code);
        });
    }

    /// <summary><c>/metrics</c>: the Prometheus text.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints, PrometheusText metrics) =>
        endpoints.MapGet("/metrics", async context =>
        {
            context.Response.ContentType = PrometheusText.ContentType;
            metrics.WriteTo(context.Response.BodyWriter);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        });
}
