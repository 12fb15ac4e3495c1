using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Http;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>explain ID</c>: why an entry, or each entry of a message, is not leaving.</summary>
internal static class ExplainCommand
{
    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var id = context.Value(ShowCommand.Id);
        if (!QueueId.TryParse(id, out _))
            throw new CommandFailure(ExitCode.Data, $"{id} is not a queue id");
        using var client = context.Connect();
        var reports = await client.GetAsync("explain/" + id, ApiJson.Default.ExplanationReportArray, cancel);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(reports, ApiJson.Default.ExplanationReportArray);
            return ExitCode.Ok;
        }
        foreach (var report in reports)
            Write(report, context.Terminal);
        // They are the same for all entries of a message.
        if (reports.FirstOrDefault(static report => !report.Candidates.IsEmpty) is { } waiting)
            WriteCandidates(waiting, context.Terminal);
        return ExitCode.Ok;
    }

    private static void Write(ExplanationReport report, Terminal terminal)
    {
        terminal.WriteLine($"id         {report.Id}  (message {report.MessageId})");
        terminal.WriteLine($"state      {Words.Of(report.State)}");
        terminal.WriteLine($"recipient  {report.Recipient}");
        terminal.WriteLine($"sender     {report.Sender ?? "-"}: {Describe(report)}");
        if (report.UnitDate is { } date)
            terminal.WriteLine($"unit       of {date:yyyy-MM-dd}");
        foreach (var wait in report.WaitsFor)
            terminal.WriteLine($"waits for  {Words.Of(wait.Kind)}{Until(wait, terminal.Now)}{(wait.Detail.Length > 0 ? ": " + wait.Detail : "")}");
        foreach (var heard in report.Heard)
            terminal.WriteLine($"heard      {Words.Of(heard.Kind)} from {heard.Who}, {WaitText.Of(heard.OccurredAt ?? heard.At)}{(heard.Reason.Length > 0 ? ": " + heard.Reason : "")}");
        if (report.State < EntryState.Relayed)
            terminal.WriteLine($"earliest   {(report.Earliest is { } earliest ? $"{WaitText.Of(earliest)} ({Words.Due(earliest, terminal.Now)})" : "not known")}");
        ScoreText.Write(report.Score, report.Findings, terminal);
        foreach (var upstream in report.Upstreams)
            terminal.WriteLine($"upstream   {upstream.Name} (tier {upstream.Tier}) {WaitText.Of(upstream)}");
    }

    private static void WriteCandidates(ExplanationReport report, Terminal terminal)
    {
        terminal.WriteLine($"if a first mail of {report.Client}/{report.Direction} came now:");
        foreach (var (obstacle, count) in report.Candidates)
            terminal.WriteLine($"  {Words.Plural(count, "sender")} {Describe(obstacle)}");
    }

    private static string Describe(ExplanationReport report) => report.SenderChoice switch
    {
        SenderChoice.None => "it has none yet",
        SenderChoice.Bound => "bound to it by its thread or an earlier mail to the recipient",
        SenderChoice.Named => "the client named it as author",
        SenderChoice.Reassigned => $"reassigned {report.SenderDetail}",
        SenderChoice.Accepted => "chosen at acceptance; how is not kept after an attempt",
        _ => "chosen freely, or bound by a mail to the recipient that had not left yet",
    };

    private static string Describe(SenderObstacle obstacle) => obstacle switch
    {
        SenderObstacle.None => "could send it",
        SenderObstacle.Preflight => "failing preflight at the direction's upstreams",
        SenderObstacle.NoUpstream => "not allowed at any of the direction's upstreams",
        SenderObstacle.SwitchedOff => "switched off by weight or daily_limit 0",
        SenderObstacle.Paused => "paused",
        SenderObstacle.DailyLimit => "with no unit of today",
        SenderObstacle.DomainLimit => "at the limit of their domain",
        SenderObstacle.DirectionLimit => "at the limit of the direction",
        SenderObstacle.ClientLimit => "at the limit of the client",
        SenderObstacle.Window => "with a closed window",
        _ => "kept back by their gap",
    };

    private static string Until(WaitReport wait, DateTimeOffset now) =>
        wait.Until is { } until && until > now ? $" until {WaitText.Of(until)} at the earliest" : "";
}
