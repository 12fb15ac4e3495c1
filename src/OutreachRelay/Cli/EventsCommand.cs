using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Store;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>events</c>: what happened to mails, page by page; with <c>--follow</c> the last of it and what comes, an event a line.</summary>
internal static class EventsCommand
{
    private const int PageSize = 500;
    private const int LastShown = 10;

    // Pages that nobody asked anew for are what a person waits for.
    private static readonly TimeSpan FollowEvery = TimeSpan.FromSeconds(1);

    private static readonly string[] Columns = ["recorded", "kind", "source", "entry", "client", "recipient", "reason"];

    public static Option<string?> Kind { get; } = new("--kind") { Description = "Only these kinds, separated by commas: bounced_hard, complained ...", HelpName = "KINDS" };
    public static Option<string?> Client { get; } = new("--client") { Description = "Those of this client's mail.", HelpName = "NAME" };
    public static Option<string?> Upstream { get; } = new("--upstream") { Description = "Those that this upstream's webhook told.", HelpName = "NAME" };
    public static Option<string?> Entry { get; } = new("--entry") { Description = "Those of this queue entry.", HelpName = "ID" };
    public static Option<bool> Follow { get; } = new("--follow", "-f") { Description = "Show the last ones and go on with what comes, until interrupted; with --json an object a line." };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        if (context.Value(Entry) is { } id && !QueueId.TryParse(id, out _))
            throw new CommandFailure(ExitCode.Data, $"{id} is not a queue id");
        using var client = context.Connect();
        if (context.Value(Follow))
            return await FollowAsync(context, client, cancel);
        await context.Terminal.WritePagesAsync(PagesAsync(context, client, cancel), ApiJson.Default.EventReport, Columns, Row);
        return ExitCode.Ok;
    }

    private static async IAsyncEnumerable<ImmutableArray<EventReport>> PagesAsync(
        CommandContext context, AdminClient client, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var (after, isLast) = (0L, false); !isLast;)
        {
            var page = await ReadAsync(context, client, after, cancel);
            yield return page.Events;
            (after, isLast) = (page.Next, page.IsLast);
        }
    }

    private static async Task<int> FollowAsync(CommandContext context, AdminClient client, CancellationToken cancel)
    {
        var after = (long)-LastShown;
        try
        {
            while (true)
            {
                var page = await ReadAsync(context, client, after, cancel);
                foreach (var one in page.Events)
                    Write(context.Terminal, one);
                after = page.Next;
                if (page.IsLast)
                    await Task.Delay(FollowEvery, TimeProvider.System, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
    }

    private static Task<EventPage> ReadAsync(CommandContext context, AdminClient client, long after, CancellationToken cancel) => client.GetAsync(
        $"events?{FilterOptions.Query("kind", context.Value(Kind))}{FilterOptions.Query("client", context.Value(Client))}"
        + $"{FilterOptions.Query("upstream", context.Value(Upstream))}{FilterOptions.Query("entry", context.Value(Entry))}limit={PageSize}&after={after}",
        ApiJson.Default.EventPage, cancel);

    private static void Write(Terminal terminal, EventReport one)
    {
        if (terminal.Json)
        {
            terminal.WriteJson(one, ApiJson.Default.EventReport);
            return;
        }
        terminal.WriteLine($"{one.At:yyyy-MM-dd HH:mm:ss}Z {Words.Of(one.Kind)} {one.Source} {one.Entry ?? "-"} {one.Recipient ?? "-"} {Said(one)}");
    }

    private static Text[] Row(EventReport one, DateTimeOffset now) =>
    [
        Terminal.Cell(Words.Ago(one.At, now)), Terminal.Cell(Words.Of(one.Kind)), Terminal.Cell(one.Source), Terminal.Cell(one.Entry ?? "-"),
        Terminal.Cell(one.Client ?? "-"), Terminal.Cell(one.Recipient ?? "-"), Terminal.Cell(Said(one), 200),
    ];

    private static string Said(EventReport one) =>
        one.Status is { } status && !one.Reason.Contains(status, StringComparison.Ordinal) ? $"{status} {one.Reason}" : one.Reason;
}
