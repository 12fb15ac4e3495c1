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

    private static readonly string[] QueueColumns = ["id", "state", "due", "attempts", "sender", "recipient", "last reply"];
    private static readonly string[] DeadColumns = ["id", "accepted", "attempts", "upstream", "stage", "sender", "recipient", "last reply"];

    public static Option<string?> State { get; } = new("--state") { Description = "Only these states, separated by commas; by default all that wait.", HelpName = "STATES" };
    public static Option<int> Limit { get; } = NewLimit();

    public static Task<int> QueueAsync(CommandContext context, CancellationToken cancel) => RunAsync(context, "queue", QueueColumns, QueueRow, cancel);

    public static Task<int> DeadAsync(CommandContext context, CancellationToken cancel) => RunAsync(context, "dead", DeadColumns, DeadRow, cancel);

    /// <summary>The entries that a selection means, in pages.</summary>
    /// <param name="path"><c>queue</c> or <c>dead</c>, with what else stands in the query.</param>
    public static async IAsyncEnumerable<ImmutableArray<EntryReport>> PagesAsync(
        AdminClient client, string path, EntrySelection selection, int limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? after = null;
        for (var left = limit; left > 0;)
        {
            var page = await client.GetAsync(
                $"{path}{FilterOptions.Query(selection)}limit={Math.Min(left, PageSize)}{(after is null ? "" : "&after=" + after)}", ApiJson.Default.EntryPage, cancel);
            yield return page.Entries;
            if ((after = page.Next) is null)
                break;
            left -= page.Entries.Length;
        }
    }

    private static async Task<int> RunAsync(
        CommandContext context, string path, string[] columns, Func<EntryReport, DateTimeOffset, Text[]> row, CancellationToken cancel)
    {
        using var client = context.Connect();
        var selection = FilterOptions.Fill(context, new EntrySelection());
        var pages = PagesAsync(client, $"{path}?{FilterOptions.Query("state", context.Value(State))}", selection, context.Value(Limit), cancel);
        await context.Terminal.WritePagesAsync(pages, ApiJson.Default.EntryReport, columns, row);
        return ExitCode.Ok;
    }

    private static Text[] QueueRow(EntryReport entry, DateTimeOffset now) =>
    [
        Terminal.Cell(entry.Id), Terminal.Cell(Words.Of(entry.State)), Terminal.Cell(Due(entry, now)), Terminal.Cell($"{entry.Attempts}"),
        Terminal.Cell(entry.Sender ?? "-"), Terminal.Cell(entry.Recipient), Terminal.Cell(entry.LastReply, 200),
    ];

    private static Text[] DeadRow(EntryReport entry, DateTimeOffset now) =>
    [
        Terminal.Cell(entry.Id), Terminal.Cell(Words.Ago(entry.CreatedAt, now)), Terminal.Cell($"{entry.Attempts}"), Terminal.Cell(entry.Upstream ?? "-"),
        Terminal.Cell(entry.LastStage is { } stage ? Words.Of(stage) : "-"), Terminal.Cell(entry.Sender ?? "-"), Terminal.Cell(entry.Recipient),
        Terminal.Cell(entry.LastReply, 200),
    ];

    // With a closed gate: when its sender may send, though others of its lane may go first.
    private static string Due(EntryReport entry, DateTimeOffset now) => entry switch
    {
        { State: not (EntryState.Queued or EntryState.InDoubt) } => "-",
        { NotBefore: { Until: { } until } wait } => $"{Words.Due(until, now)} ({Words.Of(wait.Kind)})",
        { NotBefore: { } wait } => Words.Of(wait.Kind),
        _ => Words.Due(entry.Due, now),
    };

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
