using System.Globalization;
using System.Text.Json;
using OutreachRelay.Policy.Rotate.Forecast;

namespace OutreachRelay.Http;

/// <summary><c>GET /forecast</c>: an array of days, each sent as soon as it is known.</summary>
internal static class ForecastEndpoint
{
    private const int DefaultDays = 7;
    private const int MostDays = 366;
    private const int MostPerDay = 10_000_000;

    public static void MapForecast(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        var forecaster = new Forecaster(parts.Store, parts.State, parts.Time);
        routes.Get("/forecast", async context =>
        {
            var query = context.Request.Query;
            var (days, perDay, pool) = (Number(query["days"], "days", 1, MostDays, DefaultDays), Number(query["per_day"], "per_day", 0, MostPerDay, 0), (string?)query["pool"]);
            if (pool is not null && !parts.State.Model.Pools.ContainsKey(pool))
                throw new BadRequestException("there is no pool of that name", StatusCodes.Status404NotFound);
            var run = await forecaster.BeginAsync(perDay, context.RequestAborted);
            await WriteAsync(context, run.Days(days).Select(day => Filter(day, pool)));
        });
    }

    private static async Task WriteAsync(HttpContext context, IEnumerable<ForecastDay> days)
    {
        var (response, cancel) = (context.Response, context.RequestAborted);
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json; charset=utf-8";
        var before = "[";
        foreach (var day in days)
        {
            await response.WriteAsync(before, cancel);
            await JsonSerializer.SerializeAsync(response.Body, day, ApiJson.Default.ForecastDay, cancel);
            await response.Body.FlushAsync(cancel);
            before = ",";
        }
        await response.WriteAsync("]", cancel);
    }

    private static ForecastDay Filter(ForecastDay day, string? pool) =>
        pool is null ? day : day with { Pools = [.. day.Pools.Where(found => found.Pool == pool)] };

    private static int Number(string? text, string parameter, int least, int most, int usual)
    {
        if (string.IsNullOrEmpty(text))
            return usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BadRequestException($"{parameter} is not a number from {least} to {most}");
    }
}
