using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.WebUtilities;

namespace OutreachRelay.Http;

/// <summary>How endpoints answer.</summary>
internal static class Responses
{
    public static Task WriteJsonAsync<T>(this HttpResponse response, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(response.Body, value, type, response.HttpContext.RequestAborted);
    }

    public static Task WriteProblemAsync(this HttpResponse response, int status, string detail)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/problem+json; charset=utf-8";
        var problem = new ApiProblem(ReasonPhrases.GetReasonPhrase(status), status, detail);
        return JsonSerializer.SerializeAsync(response.Body, problem, ApiJson.Default.ApiProblem, response.HttpContext.RequestAborted);
    }
}
