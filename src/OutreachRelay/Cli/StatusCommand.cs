using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>status</c>: how the running relay is.</summary>
internal static class StatusCommand
{
    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var report = await client.GetAsync("status", ApiJson.Default.StatusReport, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(report, ApiJson.Default.StatusReport);
        else
            Write(report, context.Terminal);
        return ExitCode.Ok;
    }

    private static void Write(StatusReport report, Terminal terminal)
    {
        terminal.WriteLine($"OutreachRelay {report.Version}, up {Words.Span(TimeSpan.FromSeconds(report.Uptime))}");
        terminal.WriteLine(report.Ready ? "ready" : $"not ready: {report.Reason}");
        terminal.WriteLine($"configuration  {report.ModelVersion}{Reload(report.LastReload, terminal.Now)}");
        terminal.WriteLine($"store          {Store(report.Store)}");
        terminal.WriteLine($"queue          {Queue(report)}");
        if (report.RestoredAt is { } restored)
            terminal.WriteLine($"restored       {Words.Ago(restored, terminal.Now)}: what waited is held; queue drop what was sent since, then queue release --all");
        terminal.WriteLine($"senders        {report.Senders}");
        terminal.WriteLine($"preflight      {Preflight(report.Preflight)}");
        WriteUpstreams(report, terminal);
        if (!report.Holds.IsDefaultOrEmpty)
            HoldCommand.Write(terminal, new HoldList(report.Holds));
        WriteAlerts(report, terminal);
    }

    private static string Preflight(PreflightCounts counts) => counts.Mode == PreflightMode.Off
        ? "off"
        : $"{Words.Of(counts.Mode)}: {counts.Pass} pass, {counts.Fail} fail, {counts.Unknown} unknown (domains at upstreams)";

    private static void WriteUpstreams(StatusReport report, Terminal terminal)
    {
        if (report.Upstreams.IsDefaultOrEmpty)
            return;
        var table = Terminal.NewTable("upstream", "tier", "state", "since", "sessions", "today", "month", "spend", "rate", "reason");
        foreach (var upstream in report.Upstreams)
        {
            table.AddRow(
                Terminal.Cell(upstream.Name), Terminal.Cell($"{upstream.Tier}"), Terminal.Cell(Words.Of(upstream.State) + (upstream.Slow ? ", slow" : "")),
                Terminal.Cell(upstream.Since is { } since ? Words.Ago(since, terminal.Now) : ""), Terminal.Cell($"{upstream.Sessions} of {upstream.Use.Concurrency}"),
                Terminal.Cell(Of(upstream.Use.Today, upstream.Use.DailyLimit)), Terminal.Cell(Of(upstream.Use.Month, upstream.Use.MonthlyLimit)),
                Terminal.Cell(upstream.Use.Spend is { } spend ? Of(decimal.Round(spend, 2), upstream.Use.MonthlyBudget) : ""),
                Terminal.Cell(upstream.Use.RateLevel is { } level ? string.Create(CultureInfo.InvariantCulture, $"{level:0.#} now") : ""),
                Terminal.Cell(upstream.Reason.Length > 0 ? upstream.Reason : upstream.Use.Full));
        }
        terminal.Write(table);
    }

    private static void WriteAlerts(StatusReport report, Terminal terminal)
    {
        if (report.Alerts.IsDefaultOrEmpty)
            return;
        var table = Terminal.NewTable("alert", "severity", "since", "text");
        foreach (var alert in report.Alerts)
        {
            table.AddRow(
                Terminal.Cell(Words.Of(alert.Alert)), Terminal.Cell(Words.Of(alert.Severity)), Terminal.Cell(Words.Ago(alert.Since, terminal.Now)),
                Terminal.Cell(alert.Text));
        }
        terminal.Write(table);
    }

    // What was used, and of how much where there is a limit.
    private static string Of<T>(T used, T? limit) where T : struct, IFormattable => limit is { } most
        ? string.Create(CultureInfo.InvariantCulture, $"{used} of {most}")
        : used.ToString(null, CultureInfo.InvariantCulture);

    private static string Reload(ReloadReport? reload, DateTimeOffset now) => reload switch
    {
        null => "",
        { Success: true } => $", reloaded {Words.Ago(reload.At, now)}",
        _ => $", reload refused {Words.Ago(reload.At, now)}: {reload.Message}",
    };

    private static string Store(StoreReport store) => store switch
    {
        { Status: StoreStatus.Ready } => "ready",
        _ => $"{Words.Of(store.Status)}: {store.Reason}",
    };

    private static string Queue(StatusReport report) => string.Join(", ",
        Count(report.Queue.Queued, "queued", report.Oldest.Queued), Count(report.Queue.Leased, "leased", null),
        Count(report.Queue.InDoubt, "in doubt", report.Oldest.InDoubt), Count(report.Queue.Held, "held", report.Oldest.Held),
        Count(report.Queue.Dead, "dead", report.Oldest.Dead));

    private static string Count(long count, string state, long? oldest) =>
        oldest is { } age ? $"{count} {state} (oldest {Words.Span(TimeSpan.FromSeconds(age))})" : $"{count} {state}";
}
