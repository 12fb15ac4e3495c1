using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Preflight;

namespace OutreachRelay.Http;

/// <summary><c>GET /preflight</c>: what is known; <c>POST /preflight/check</c>: looks at a domain now.</summary>
internal static class PreflightEndpoints
{
    public static void MapPreflight(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/preflight", context => context.Response.WriteJsonAsync(
            new PreflightPage(parts.Preflight.Mode, parts.Preflight.Reports()), ApiJson.Default.PreflightPage));
        routes.Post("/preflight/check", (context, _) => CheckAsync(context, parts));
    }

    private static async Task CheckAsync(HttpContext context, AdminParts parts)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.PreflightRequest);
        var domain = PreflightSubject.ReadDomain(request.Domain) ?? throw new BadRequestException("domain is no domain name");
        var reports = await parts.CheckPreflight(domain, context.RequestAborted);
        if (reports.IsEmpty)
            throw new BadRequestException("no sender whose mail leaves is in that domain", StatusCodes.Status404NotFound);
        await context.Response.WriteJsonAsync(new PreflightPage(parts.Preflight.Mode, reports), ApiJson.Default.PreflightPage);
    }
}

public sealed record PreflightRequest(string Domain);

/// <param name="Mode">While it is off nothing is kept.</param>
public sealed record PreflightPage(PreflightMode Mode, ImmutableArray<PreflightReport> Reports);

/// <summary>How many pairs of a sender domain and an upstream have which verdict.</summary>
public sealed record PreflightCounts(PreflightMode Mode, int Pass, int Fail, int Unknown)
{
    public static PreflightCounts Of(PreflightState state)
    {
        var verdicts = state.Reports().CountBy(static report => report.Verdict).ToDictionary();
        return new PreflightCounts(
            state.Mode, verdicts.GetValueOrDefault(PreflightVerdict.Pass), verdicts.GetValueOrDefault(PreflightVerdict.Fail), verdicts.GetValueOrDefault(PreflightVerdict.Unknown));
    }
}
