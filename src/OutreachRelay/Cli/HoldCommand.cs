using System.CommandLine;
using OutreachRelay.Http;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary><c>queue hold</c>, <c>queue release</c> and <c>queue holds</c>: entries by their ids, or scopes with all that falls under them.</summary>
internal static class HoldCommand
{
    public static Option<bool> Entries { get; } = new("--entries") { Description = "The entries that were held one by one, not a scope." };
    public static Option<TimeSpan?> For { get; } = FilterOptions.Age("--for", "For a scope: how long, such as 2h or 3d; by default until it is released.");

    public static async Task<int> HoldAsync(CommandContext context, CancellationToken cancel)
    {
        var scope = Scope(context);
        if (IsNamed(context, scope))
        {
            if (context.Value(For) is not null)
                throw new CommandFailure(ExitCode.Usage, "--for is for a scope: entries are held until they are released");
            return await ActionCommand.RunAsync(context, "queue/hold", cancel);
        }
        if (context.Value(ActionCommand.Reason) is null)
            throw new CommandFailure(ExitCode.Usage, "holding a scope needs a --reason: it is shown wherever the hold is");
        using var client = context.Connect();
        var request = scope with { Reason = context.Value(ActionCommand.Reason), For = (long?)context.Value(For)?.TotalSeconds };
        Write(context.Terminal, await SendAsync(client, "holds", request, cancel));
        return ExitCode.Ok;
    }

    public static async Task<int> ReleaseAsync(CommandContext context, CancellationToken cancel)
    {
        var scope = Scope(context);
        if (context.Value(Entries) || IsNamed(context, scope))
            return await ActionCommand.RunAsync(context, "queue/release", cancel);
        using var client = context.Connect();
        var ended = await SendAsync(client, "holds/release", scope, cancel);
        if (!scope.All || (!context.Terminal.Json && !ended.Holds.IsEmpty))
            Write(context.Terminal, ended);
        // What was held one by one is held too.
        return scope.All ? await ActionCommand.RunAsync(context, "queue/release", cancel) : ExitCode.Ok;
    }

    public static async Task<int> ListAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        Write(context.Terminal, await client.GetAsync("holds", ApiJson.Default.HoldList, cancel));
        return ExitCode.Ok;
    }

    /// <summary>Writes holds as a table, or as an array.</summary>
    public static void Write(Terminal terminal, HoldList list)
    {
        if (terminal.Json)
        {
            terminal.WriteJson([.. list.Holds], ApiJson.Default.HoldReportArray);
            return;
        }
        if (list.Holds.IsEmpty)
        {
            terminal.WriteLine("nothing");
            return;
        }
        var table = Terminal.NewTable("held", "since", "until", "by", "reason");
        foreach (var hold in list.Holds)
        {
            table.AddRow(
                Terminal.Cell(hold.Scope), Terminal.Cell(Words.Ago(hold.Since, terminal.Now)),
                Terminal.Cell(hold.Until is { } until ? Words.Due(until, terminal.Now) : "released"), Terminal.Cell(hold.Who), Terminal.Cell(hold.Reason));
        }
        terminal.Write(table);
    }

    private static Task<HoldList> SendAsync(AdminClient client, string path, HoldRequest request, CancellationToken cancel) =>
        client.PostAsync(path, request, ApiJson.Default.HoldRequest, ApiJson.Default.HoldList, cancel);

    // Ids mean entries.
    private static bool IsNamed(CommandContext context, HoldRequest scope)
    {
        var isNamed = context.Value(ActionCommand.Ids) is { Length: > 0 };
        if (isNamed == (scope != new HoldRequest()))
            throw new CommandFailure(ExitCode.Usage, "give either ids, or a scope: --client, --direction, --sender, --upstream, --recipient-domain or --all");
        return isNamed;
    }

    private static HoldRequest Scope(CommandContext context) => new()
    {
        Client = context.Value(FilterOptions.Client),
        Direction = context.Value(FilterOptions.Direction),
        Sender = context.Value(FilterOptions.Sender),
        Upstream = context.Value(FilterOptions.Upstream),
        RecipientDomain = context.Value(FilterOptions.RecipientDomain),
        All = context.Value(ActionCommand.All),
    };
}
