using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace OutreachRelay.Http;

/// <summary>Reads what a request brings, within bounds.</summary>
internal static class JsonBody
{
    /// <param name="most">Octets of the body.</param>
    /// <exception cref="BadRequestException">It is empty, too long, or not the JSON expected.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int most = ActionLimits.MaxBody)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new BadRequestException("the body is empty");
        }
        catch (JsonException e)
        {
            throw new BadRequestException($"the body is not the JSON expected here (line {e.LineNumber + 1}, octet {e.BytePositionInLine + 1})");
        }
        catch (BadHttpRequestException e)
        {
            throw new BadRequestException($"the body cannot be read or is longer than {most} octets", e.StatusCode);
        }
    }
}
