using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;
using OutreachRelay.Policy.Rotate.Forecast;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>forecast</c>: how much mail can leave in the coming days, and what limits it.</summary>
internal static class ForecastCommand
{
    public static Option<int> Days { get; } = new("--days") { Description = "How many days; today is the first.", HelpName = "N", DefaultValueFactory = static _ => 7 };
    public static Option<string?> Pool { get; } = new("--pool") { Description = "Only this pool.", HelpName = "NAME" };
    public static Option<int> PerDay { get; } = new("--per-day") { Description = "Assume so many new first mails a day in each direction.", HelpName = "N" };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var count = context.Value(Days);
        var path = string.Create(CultureInfo.InvariantCulture, $"forecast?days={count}&per_day={context.Value(PerDay)}");
        if (context.Value(Pool) is { } pool)
            path += "&pool=" + Uri.EscapeDataString(pool);
        var days = await context.Terminal.ShowProgressAsync(
            "forecast", count, came => client.GetItemsAsync(path, ApiJson.Default.ForecastDay, came, cancel));
        if (context.Terminal.Json)
            context.Terminal.WriteJson([.. days], ApiJson.Default.ForecastDayArray);
        else
            Write(days, context.Terminal);
        return ExitCode.Ok;
    }

    private static void Write(List<ForecastDay> days, Terminal terminal)
    {
        var table = Terminal.NewTable("day", "pool", "capacity", "reserved", "expected", "left", "waiting", "expired", "limit");
        foreach (var (date, pool) in days.SelectMany(static day => day.Pools.Select(pool => (day.Date, pool))))
        {
            table.AddRow(
                Terminal.Cell(Day(date)), Terminal.Cell(pool.Pool), Terminal.Cell($"{pool.Capacity}"), Terminal.Cell($"{pool.Reserved}"),
                Terminal.Cell($"{pool.Expected}"), Terminal.Cell($"{pool.Left}"), Terminal.Cell($"{pool.Waiting}"), Terminal.Cell($"{pool.Expired}"),
                Terminal.Cell(pool.Limit is { } limit ? Describe(limit) : "-"));
        }
        terminal.Write(table);
        terminal.WriteLine(Bite(days));
    }

    private static string Bite(List<ForecastDay> days)
    {
        foreach (var (date, pool) in days.SelectMany(static day => day.Pools.Select(pool => (day.Date, pool))))
        {
            if (pool is { Waiting: > 0, Limit: { } limit })
                return $"first limit to bite: {Day(date)}: {Describe(limit)}; {Words.Plural((int)Math.Min(pool.Waiting, int.MaxValue), "mail")} of pool {pool.Pool} left waiting";
        }
        return "no limit keeps mail waiting in these days";
    }

    private static string Describe(ForecastLimit limit) => limit.Kind switch
    {
        ForecastLimitKind.SenderDailyLimit => $"senders of {limit.Name}, daily_limit {limit.Value} together",
        ForecastLimitKind.Gap => $"gap of {limit.Name}",
        ForecastLimitKind.Window => $"window of {limit.Name} is closed",
        ForecastLimitKind.Paused => $"all senders of {limit.Name} are paused",
        ForecastLimitKind.DomainDailyLimit => $"domain {limit.Name} domain_daily_limit {limit.Value}",
        ForecastLimitKind.DirectionDailyLimit => $"direction {limit.Name} daily_limit {limit.Value}",
        _ => $"client {limit.Name} daily_limit {limit.Value}",
    };

    private static string Day(DateOnly date) => date.ToString("ddd yyyy-MM-dd", CultureInfo.InvariantCulture);
}
