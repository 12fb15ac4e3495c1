using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using OutreachRelay.Http;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>queue retry|hold|release|drop</c> and <c>dead requeue|drop</c>, on entries.</summary>
internal static class ActionCommand
{
    public static Argument<string[]> Ids { get; } = new("ID") { Description = "Entries' ids.", Arity = ArgumentArity.ZeroOrMore };
    public static Option<bool> All { get; } = new("--all") { Description = "All entries to which it applies." };
    public static Option<string?> Reason { get; } = new("--reason") { Description = "Kept with the event.", HelpName = "TEXT" };

    public static Option<bool> EvenIfSent { get; } = new("--even-if-sent")
    {
        Description = "Also those that their upstream may have taken: their recipients may get them twice.",
    };

    /// <param name="path">For example <c>queue/retry</c>.</param>
    /// <returns>0 when each entry answered done; 75 when the store could not write; else 65.</returns>
    public static async Task<int> RunAsync(CommandContext context, string path, CancellationToken cancel)
    {
        var requests = Requests(context);
        using var client = context.Connect();
        var pages = PagesAsync(client, path, requests, cancel);
        var tally = new Tally();
        if (context.Terminal.Json)
            await context.Terminal.WriteJsonArrayAsync(CountAsync(pages, tally), ApiJson.Default.ActionReport);
        else
            await context.Terminal.ShowCountAsync(path.Replace('/', ' '), report => WriteAsync(context, pages, tally, report));
        return tally.ExitCode;
    }

    /// <exception cref="CommandFailure">Neither ids nor a selection, or both.</exception>
    private static ImmutableArray<ActionRequest> Requests(CommandContext context)
    {
        var ids = context.Value(Ids) ?? [];
        var selection = FilterOptions.Fill(context, new ActionRequest { All = context.Value(All) });
        var hasSelection = selection.All || !selection.IsEmpty;
        if (ids.Length > 0 == hasSelection)
            throw new CommandFailure(ExitCode.Usage, "give either ids, or --all, or which entries are meant, such as --client or --upstream");
        var plain = new ActionRequest { Reason = context.Value(Reason), EvenIfSent = context.Value(EvenIfSent) };
        return hasSelection
            ? [selection with { Reason = plain.Reason, EvenIfSent = plain.EvenIfSent }]
            : [.. ids.Chunk(ActionLimits.MaxIds).Select(chunk => plain with { Ids = [.. chunk] })];
    }

    private static async IAsyncEnumerable<ImmutableArray<ActionReport>> PagesAsync(
        AdminClient client, string path, ImmutableArray<ActionRequest> requests, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var request in requests)
        {
            string? after = null;
            do
            {
                var reply = await client.PostAsync(path, request with { After = after }, cancel);
                yield return reply.Results;
                after = reply.Next;
            }
            while (after is not null);
        }
    }

    private static async IAsyncEnumerable<ActionReport> CountAsync(IAsyncEnumerable<ImmutableArray<ActionReport>> pages, Tally tally)
    {
        await foreach (var page in pages)
        {
            foreach (var result in page)
            {
                tally.Add(result);
                yield return result;
            }
        }
    }

    // Of a selection, which may mean a million, only what was not done is worth a line.
    private static async Task<Tally> WriteAsync(CommandContext context, IAsyncEnumerable<ImmutableArray<ActionReport>> pages, Tally tally, Action<long> report)
    {
        var isNamed = context.Value(Ids) is { Length: > 0 };
        await foreach (var page in pages)
        {
            foreach (var result in page)
            {
                tally.Add(result);
                if (isNamed || result.Outcome != ActionOutcome.Done)
                    context.Terminal.WriteLine($"{result.Id}  {Words.Of(result.Outcome)}{(result.State is { } state ? $" (now {Words.Of(state)})" : "")}");
            }
            report(tally.All);
        }
        context.Terminal.WriteLine($"{tally.Done} of {tally.All} done");
        if (tally.MaybeSent > 0)
            context.Terminal.WriteErrorLine($"{tally.MaybeSent} may have been sent by their upstream and stay; --even-if-sent sends them all the same");
        return tally;
    }

    private sealed class Tally
    {
        public long All { get; private set; }
        public long Done { get; private set; }
        public long MaybeSent { get; private set; }
        public bool IsUnavailable { get; private set; }

        public int ExitCode => IsUnavailable ? Cli.ExitCode.Temporary : Done == All ? Cli.ExitCode.Ok : Cli.ExitCode.Data;

        public void Add(ActionReport result)
        {
            All++;
            Done += result.Outcome == ActionOutcome.Done ? 1 : 0;
            MaybeSent += result.Outcome == ActionOutcome.MaybeSent ? 1 : 0;
            IsUnavailable |= result.Outcome == ActionOutcome.Unavailable;
        }
    }
}
