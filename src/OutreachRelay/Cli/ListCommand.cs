using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>queue list</c> and <c>dead list</c>: page by page, whatever the length.</summary>
internal static class ListCommand
{
    private const int PageSize = 500;

    public static Option<string?> State { get; } = new("--state") { Description = "Only these states, separated by commas; by default all that wait.", HelpName = "STATES" };
    public static Option<string?> Client { get; } = new("--client") { Description = "Only this client's.", HelpName = "NAME" };
    public static Option<string?> Upstream { get; } = new("--upstream") { Description = "Only entries last tried at this upstream.", HelpName = "NAME" };
    public static Option<int> Limit { get; } = NewLimit();

    /// <param name="path"><c>queue</c> or <c>dead</c>.</param>
    public static async Task<int> RunAsync(CommandContext context, string path, CancellationToken cancel)
    {
        using var client = context.Connect();
        var pages = PagesAsync(context, client, path, cancel);
        if (context.Terminal.Json)
            await context.Terminal.WriteJsonArrayAsync(EntriesAsync(pages), ApiJson.Default.EntryReport);
        else
            await WriteTablesAsync(context.Terminal, pages);
        return ExitCode.Ok;
    }

    private static async Task WriteTablesAsync(Terminal terminal, IAsyncEnumerable<ImmutableArray<EntryReport>> pages)
    {
        var isFirst = true;
        await foreach (var page in pages)
        {
            var table = Terminal.NewTable("id", "state", "due", "attempts", "sender", "recipient", "last reply");
            table.ShowHeaders = isFirst;
            foreach (var entry in page)
                table.AddRow(Row(entry, terminal.Now));
            terminal.Write(table);
            isFirst = false;
        }
        if (isFirst)
            terminal.WriteLine("nothing");
    }

    private static Text[] Row(EntryReport entry, DateTimeOffset now) =>
    [
        Terminal.Cell(entry.Id), Terminal.Cell(Words.Of(entry.State)), Terminal.Cell(Due(entry, now)), Terminal.Cell($"{entry.Attempts}"),
        Terminal.Cell(entry.Sender ?? "-"), Terminal.Cell(entry.Recipient), Terminal.Cell(entry.LastReply, 200),
    ];

    private static string Due(EntryReport entry, DateTimeOffset now) =>
        entry.State is EntryState.Queued or EntryState.InDoubt ? Words.Due(entry.Due, now) : "-";

    private static async IAsyncEnumerable<EntryReport> EntriesAsync(IAsyncEnumerable<ImmutableArray<EntryReport>> pages)
    {
        await foreach (var page in pages)
        {
            foreach (var entry in page)
                yield return entry;
        }
    }

    private static async IAsyncEnumerable<ImmutableArray<EntryReport>> PagesAsync(
        CommandContext context, AdminClient client, string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        var query = $"{path}?{Query("state", context.Value(State))}{Query("client", context.Value(Client))}{Query("upstream", context.Value(Upstream))}";
        string? after = null;
        for (var left = context.Value(Limit); left > 0;)
        {
            var page = await client.GetAsync($"{query}limit={Math.Min(left, PageSize)}{(after is null ? "" : "&after=" + after)}", ApiJson.Default.EntryPage, cancel);
            if (!page.Entries.IsEmpty)
                yield return page.Entries;
            if ((after = page.Next) is null)
                break;
            left -= page.Entries.Length;
        }
    }

    /// <summary>A part of a query, or nothing.</summary>
    public static string Query(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"{name}={Uri.EscapeDataString(value)}&";

    private static Option<int> NewLimit() => new("--limit")
    {
        Description = "At most so many; by default all.",
        HelpName = "N",
        DefaultValueFactory = static _ => int.MaxValue,
        CustomParser = static result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out var limit) && limit > 0)
                return limit;
            result.AddError("--limit takes a number from 1.");
            return 0;
        },
    };
}
