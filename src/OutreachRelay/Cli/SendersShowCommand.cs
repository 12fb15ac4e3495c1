using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>senders show ADDRESS</c>: one sender and why it sends as it does.</summary>
internal static class SendersShowCommand
{
    public static Argument<string> Address { get; } = new("ADDRESS") { Description = "A sender's address." };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var detail = await client.GetAsync(
            "senders/show?address=" + Uri.EscapeDataString(context.Value(Address)!), ApiJson.Default.SenderDetail, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(detail, ApiJson.Default.SenderDetail);
        else
            Write(detail, context.Terminal);
        return ExitCode.Ok;
    }

    private static void Write(SenderDetail sender, Terminal terminal)
    {
        terminal.WriteLine($"address    {sender.Address}");
        terminal.WriteLine($"pool       {sender.Pool}, of {string.Join(", ", sender.Clients)}");
        terminal.WriteLine($"status     {Words.Of(sender.Status)}{(sender.Reason.Length > 0 ? ": " + sender.Reason : "")}");
        terminal.WriteLine($"next       {SendersListCommand.Next(sender, terminal.Now)}");
        terminal.WriteLine($"today      {sender.Date:yyyy-MM-dd} in {sender.TimeZone}: {sender.Used} of {sender.Cap} used, {sender.Sent} sent");
        terminal.WriteLine($"limit      {sender.DailyLimit} a day{(sender.WarmupDay is { } day ? $", day {day} of its warm-up" : "")}, weight {Number(sender.Weight)}");
        terminal.WriteLine($"domain     {sender.Domain}: {sender.DomainUsed} of {sender.DomainCap?.ToString(CultureInfo.InvariantCulture) ?? "any"} used"
            + (sender.DomainHourlyLimit is { } hourly ? $", {hourly} an hour" : ""));
        terminal.WriteLine($"window     {Window(sender)}");
        terminal.WriteLine($"gap        {Words.Span(TimeSpan.FromSeconds(sender.Gap))}{(sender.Spread ? ", spread over the window" : "")}");
        terminal.WriteLine($"upstreams  {(sender.Upstreams.IsEmpty ? "all of its direction" : string.Join(", ", sender.Upstreams))}");
        terminal.WriteLine($"last sent  {(sender.LastSent is { } last ? $"{Time(last)} ({Words.Ago(last, terminal.Now)})" : "-")}");
        foreach (var waiting in sender.Waiting)
            terminal.WriteLine($"waiting    {waiting.Entries} of today for {waiting.Client}, direction {waiting.Direction}");
        WriteCondition("health", sender.Condition, terminal);
        WriteCondition("of domain", sender.DomainCondition, terminal);
        WriteDays(sender, terminal);
    }

    private static void WriteCondition(string name, ConditionReport condition, Terminal terminal)
    {
        var until = condition.Status == SenderStatus.Paused ? condition.Until is { } end ? $" until {Time(end)}" : " until it is resumed" : "";
        terminal.WriteLine($"{name,-10} {Words.Of(condition.Status)}{until}{(condition.Since is { } since ? $", since {Time(since)}" : "")}, "
            + $"{Words.Plural(condition.Pauses, "pause")} in a row{Before(condition)}");
        if (condition.OperatorPause is { } pause)
        {
            terminal.WriteLine($"{"",-10} paused by {pause.Who} at {Time(pause.Since)} {(pause.Until is { } over ? $"until {Time(over)}" : "until it is resumed")}: "
                + pause.Reason);
        }
    }

    private static string Before(ConditionReport condition) => condition switch
    {
        { LastPause: null } => "",
        { PauseBefore: null } => $", paused at {Time(condition.LastPause.Value)}",
        _ => $", paused at {Time(condition.LastPause.Value)} and {Time(condition.PauseBefore.Value)}",
    };

    private static void WriteDays(SenderDetail sender, Terminal terminal)
    {
        var table = Terminal.NewTable("day", "outcomes", "bad", "complaints");
        foreach (var day in sender.Days)
        {
            table.AddRow(Terminal.Cell($"{day.Date:yyyy-MM-dd}"), Terminal.Cell($"{day.Outcomes}"), Terminal.Cell($"{day.Bad}"), Terminal.Cell($"{day.Complaints}"));
        }
        terminal.Write(table);
    }

    private static string Window(SenderDetail sender) => sender is { WindowOpens: { } opens, WindowCloses: { } closes }
        ? $"today from {Time(opens)} to {Time(closes)}"
        : "closed today";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
