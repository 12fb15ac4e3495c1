using System.CommandLine;
using OutreachRelay.Http;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>queue retry|hold|release|drop</c> and <c>dead requeue|drop</c>.</summary>
internal static class ActionCommand
{
    public static Argument<string[]> Ids { get; } = new("ID") { Description = "Entries' ids.", Arity = ArgumentArity.ZeroOrMore };
    public static Option<bool> All { get; } = new("--all") { Description = "All entries to which it applies." };
    public static Option<string?> Client { get; } = new("--client") { Description = "All of this client's.", HelpName = "NAME" };
    public static Option<string?> Upstream { get; } = new("--upstream") { Description = "All last tried at this upstream.", HelpName = "NAME" };
    public static Option<string?> Reason { get; } = new("--reason") { Description = "Kept with the event.", HelpName = "TEXT" };

    /// <param name="path">For example <c>queue/hold</c>.</param>
    /// <returns>0 when each entry answered done; 75 when the store could not write; else 65.</returns>
    public static async Task<int> RunAsync(CommandContext context, string path, CancellationToken cancel)
    {
        var requests = Requests(context);
        using var client = context.Connect();
        var results = new List<ActionReport>();
        foreach (var request in requests)
        {
            string? after = null;
            do
            {
                var reply = await client.PostAsync(path, request with { After = after }, cancel);
                results.AddRange(reply.Results);
                after = reply.Next;
            }
            while (after is not null);
        }
        Write(results, context.Terminal);
        return Worst(results);
    }

    private static IEnumerable<ActionRequest> Requests(CommandContext context)
    {
        var ids = context.Value(Ids) ?? [];
        var filter = new ActionRequest
        {
            All = context.Value(All),
            Client = context.Value(Client),
            Upstream = context.Value(Upstream),
            Reason = context.Value(Reason),
        };
        var hasFilter = filter.All || filter.Client is not null || filter.Upstream is not null;
        if (ids.Length > 0 == hasFilter)
            throw new CommandFailure(ExitCode.Usage, "give either ids, or --client, --upstream or --all");
        return hasFilter ? [filter] : ids.Chunk(ActionLimits.MaxIds).Select(chunk => new ActionRequest { Ids = [.. chunk], Reason = filter.Reason });
    }

    private static void Write(List<ActionReport> results, Terminal terminal)
    {
        if (terminal.Json)
        {
            terminal.WriteJson([.. results], ApiJson.Default.ActionReportArray);
            return;
        }
        foreach (var result in results)
            terminal.WriteLine($"{result.Id}  {Words.Of(result.Outcome)}{(result.State is { } state ? $" (now {Words.Of(state)})" : "")}");
        terminal.WriteLine($"{results.Count(static result => result.Outcome == ActionOutcome.Done)} of {results.Count} done");
    }

    private static int Worst(List<ActionReport> results)
    {
        if (results.Exists(static result => result.Outcome == ActionOutcome.Unavailable))
            return ExitCode.Temporary;
        return results.TrueForAll(static result => result.Outcome == ActionOutcome.Done) ? ExitCode.Ok : ExitCode.Data;
    }
}
