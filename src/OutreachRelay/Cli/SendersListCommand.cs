using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Policy.Rotate;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>senders list</c>: page by page, whatever the length.</summary>
internal static class SendersListCommand
{
    private const int PageSize = 500;

    public static Option<string?> Status { get; } = new("--status") { Description = "Only these: healthy, degraded, paused or trial.", HelpName = "STATUS" };
    public static Option<string?> Client { get; } = new("--client") { Description = "Only those of this client's pools.", HelpName = "NAME" };
    public static Option<string?> Pool { get; } = new("--pool") { Description = "Only this pool's.", HelpName = "NAME" };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var pages = PagesAsync(context, client, cancel);
        if (context.Terminal.Json)
            await context.Terminal.WriteJsonArrayAsync(SendersAsync(pages), ApiJson.Default.SenderReport);
        else
            await WriteTablesAsync(context.Terminal, pages);
        return ExitCode.Ok;
    }

    private static async Task WriteTablesAsync(Terminal terminal, IAsyncEnumerable<ImmutableArray<SenderReport>> pages)
    {
        var isFirst = true;
        await foreach (var page in pages)
        {
            var table = Terminal.NewTable("address", "pool", "status", "used", "sent", "next", "reason");
            table.ShowHeaders = isFirst;
            foreach (var sender in page)
                table.AddRow(Row(sender, terminal.Now));
            terminal.Write(table);
            isFirst = false;
        }
        if (isFirst)
            terminal.WriteLine("nothing");
    }

    private static Text[] Row(SenderReport sender, DateTimeOffset now) =>
    [
        Terminal.Cell(sender.Address), Terminal.Cell(sender.Pool), Terminal.Cell(Words.Of(sender.Status)), Terminal.Cell($"{sender.Used}/{sender.Cap}"),
        Terminal.Cell($"{sender.Sent}"), Terminal.Cell(Next(sender, now)), Terminal.Cell(sender.Reason, 200),
    ];

    /// <summary><c>now</c>, <c>in 3 m (gap)</c>, or why not where no time is known.</summary>
    public static string Next(SenderReport sender, DateTimeOffset now) => sender switch
    {
        { Gate: GateState.Open } => "now",
        { NextOpening: { } opens } => $"{Words.Due(opens, now)} ({Words.Of(sender.Gate)})",
        _ => Words.Of(sender.Gate),
    };

    private static async IAsyncEnumerable<SenderReport> SendersAsync(IAsyncEnumerable<ImmutableArray<SenderReport>> pages)
    {
        await foreach (var page in pages)
        {
            foreach (var sender in page)
                yield return sender;
        }
    }

    private static async IAsyncEnumerable<ImmutableArray<SenderReport>> PagesAsync(
        CommandContext context, AdminClient client, [EnumeratorCancellation] CancellationToken cancel)
    {
        var query = $"senders?{ListCommand.Query("status", context.Value(Status))}{ListCommand.Query("client", context.Value(Client))}"
            + $"{ListCommand.Query("pool", context.Value(Pool))}limit={PageSize}&";
        string? after = null;
        do
        {
            var page = await client.GetAsync(query + ListCommand.Query("after", after), ApiJson.Default.SenderPage, cancel);
            if (!page.Senders.IsEmpty)
                yield return page.Senders;
            after = page.Next;
        }
        while (after is not null);
    }
}
