using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>queue show ID</c> and <c>dead show ID</c>: one entry and each of its attempts.</summary>
internal static class ShowCommand
{
    public static Argument<string> Id { get; } = new("ID") { Description = "An entry's id, or the one that the client was told." };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var id = context.Value(Id);
        if (!QueueId.TryParse(id, out _))
            throw new CommandFailure(ExitCode.Data, $"{id} is not a queue id");
        using var client = context.Connect();
        var detail = await client.GetAsync("queue/" + id, ApiJson.Default.EntryDetail, cancel);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(detail, ApiJson.Default.EntryDetail);
        else
            Write(detail, context.Terminal);
        return ExitCode.Ok;
    }

    private static void Write(EntryDetail entry, Terminal terminal)
    {
        terminal.WriteLine($"id         {entry.Id}  (message {entry.MessageId})");
        terminal.WriteLine($"state      {Words.Of(entry.State)}{(entry.MaybeSent ? $" ({entry.Upstream} may have taken it)" : "")}");
        terminal.WriteLine($"recipient  {entry.Recipient}");
        terminal.WriteLine($"sender     {entry.Sender ?? "-"}");
        terminal.WriteLine($"client     {entry.Client}, direction {entry.Direction}");
        terminal.WriteLine($"accepted   {Time(entry.CreatedAt)} ({Words.Ago(entry.CreatedAt, terminal.Now)})");
        if (entry.State is EntryState.Queued or EntryState.InDoubt)
            terminal.WriteLine($"due        {Time(entry.Due)} ({Words.Due(entry.Due, terminal.Now)})");
        terminal.WriteLine($"expires    {Time(entry.ExpiresAt)} ({Words.Due(entry.ExpiresAt, terminal.Now)})");
        terminal.WriteLine($"last reply {entry.LastReply ?? "-"}");
        ScoreText.Write(entry.Score, entry.Findings, terminal);
        WriteAttempts(entry, terminal);
        foreach (var done in entry.Events)
            terminal.WriteLine($"{Time(done.At)}  {Words.Of(done.Kind)} by {done.Who}{(done.Reason.Length > 0 ? ": " + done.Reason : "")}");
        foreach (var other in entry.Others)
            terminal.WriteLine($"also in the message: {other.Id}  {Words.Of(other.State)}  {other.Recipient}");
    }

    private static void WriteAttempts(EntryDetail entry, Terminal terminal)
    {
        if (entry.History.IsEmpty)
            return;
        var table = Terminal.NewTable("attempt", "started", "took", "upstream", "stage", "reply");
        foreach (var attempt in entry.History)
        {
            table.AddRow(
                Terminal.Cell($"{attempt.Number}"), Terminal.Cell(Time(attempt.StartedAt)),
                Terminal.Cell(attempt.EndedAt is { } end ? Words.Span(end - attempt.StartedAt) : "-"), Terminal.Cell(attempt.Upstream),
                Terminal.Cell(attempt.Stage is { } stage ? Words.Of(stage) : "-"), Terminal.Cell(attempt.Reply ?? "-"));
        }
        terminal.Write(table);
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
