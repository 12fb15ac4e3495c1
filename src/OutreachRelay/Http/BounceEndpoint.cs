using Microsoft.AspNetCore.Http.Features;
using OutreachRelay.Outcome.Bounces;

namespace OutreachRelay.Http;

/// <summary><c>POST /bounces</c>: takes one mail that came back, as it is, and answers when what it tells is on disk.</summary>
internal static class BounceEndpoint
{
    public static void MapBounces(this AdminApi.GuardedRoutes routes, AdminParts parts) =>
        routes.Post("/bounces", (context, _) => TakeAsync(context, parts.Bounces));

    private static async Task TakeAsync(HttpContext context, BounceIntake bounces)
    {
        var receipt = await bounces.TakeDeliveredAsync(await ReadAsync(context));
        if (receipt.IsKept)
            await context.Response.WriteJsonAsync(new TakenReply([.. receipt.Findings.Select(TakenReport.Of)]), ApiJson.Default.TakenReply);
        else
            await context.Response.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, "what the mail tells cannot be kept at the moment; give it again");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = BounceIntake.MaxContent;
        try
        {
            using var content = new MemoryStream();
            await context.Request.Body.CopyToAsync(content, context.RequestAborted);
            return content.GetBuffer().AsMemory(0, (int)content.Length);
        }
        catch (BadHttpRequestException e)
        {
            throw new BadRequestException($"the mail cannot be read or is longer than {BounceIntake.MaxContent} octets; its beginning is enough", e.StatusCode);
        }
    }
}
