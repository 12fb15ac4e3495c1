using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary><c>suppress import FILE</c>: suppresses whom a CSV file names, row by row as it is read, whatever its length.</summary>
internal static class SuppressImport
{
    // Of bad rows; a file of another kind is wrong in each.
    private const int MostShown = 1000;

    public static Argument<string> File { get; } = new("FILE")
    {
        Description = "CSV with the columns address (or email), hash, client, direction, reason, at, until, source, or with addresses alone; - reads standard input.",
    };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        var path = context.Value(File)!;
        using var reader = Open(path);
        var rows = new SuppressionFile(reader, Defaults(context));
        if (!rows.NamesClients && context.Value(SuppressCommand.Client) is null && !context.Value(SuppressCommand.Global))
            throw new CommandFailure(ExitCode.Usage, $"{path} has no column client: give --client or --global");
        using var client = context.Connect();
        var tally = new Tally(context.Terminal, path);
        await context.Terminal.ShowCountAsync("suppress import", async report =>
        {
            foreach (var chunk in rows.Read().Chunk(SuppressionRequest.MostRows))
            {
                tally.Add(chunk, await SendAsync(client, chunk, cancel));
                report(tally.Rows);
                if (tally.StoppedAt is not null)
                    break;
            }
            return tally;
        });
        tally.Write();
        return tally.ExitCode;
    }

    private static async Task<ImmutableArray<RowReport>> SendAsync(AdminClient client, SuppressionLine[] lines, CancellationToken cancel)
    {
        var good = lines.Where(static line => line.Row is not null).Select(static line => line.Row).ToImmutableArray();
        var reply = good.IsEmpty ? new SuppressionReply([]) : await client.PostAsync(
            "suppressions", new SuppressionRequest { Rows = good }, ApiJson.Default.SuppressionRequest, ApiJson.Default.SuppressionReply, cancel);
        var results = new Queue<RowReport>(reply.Results);
        return [.. lines.Select(line => line.Row is null ? new RowReport(RowOutcome.Invalid, line.Problem) : results.Dequeue())];
    }

    private static SuppressionRow Defaults(CommandContext context) => new()
    {
        Client = context.Value(SuppressCommand.Client),
        Direction = context.Value(SuppressCommand.Direction),
        Reason = context.Value(SuppressCommand.Reason) ?? "import",
    };

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path == "-" ? Console.OpenStandardInput() : System.IO.File.OpenRead(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Data, $"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>What became of the rows.</summary>
    private sealed class Tally(Terminal terminal, string path)
    {
        private readonly List<ImportProblem> _problems = [];
        private readonly long[] _counts = new long[Enum.GetValues<RowOutcome>().Length];

        public long Rows => _counts.Sum();

        /// <summary>The first line that the store did not take.</summary>
        public long? StoppedAt { get; private set; }

        public int ExitCode => StoppedAt is not null ? Cli.ExitCode.Temporary : Count(RowOutcome.Invalid) > 0 ? Cli.ExitCode.Data : Cli.ExitCode.Ok;

        public void Add(SuppressionLine[] lines, ImmutableArray<RowReport> results)
        {
            for (var i = 0; i < lines.Length; i++)
            {
                _counts[(int)results[i].Outcome]++;
                if (results[i].Outcome == RowOutcome.Unavailable)
                    StoppedAt ??= lines[i].Number;
                if (results[i].Problem is not { } problem || _problems.Count >= MostShown)
                    continue;
                _problems.Add(new ImportProblem(lines[i].Number, problem));
                if (!terminal.Json)
                    terminal.WriteErrorLine(string.Create(CultureInfo.InvariantCulture, $"{path}:{lines[i].Number}: {problem}"));
            }
        }

        public void Write()
        {
            var summary = new ImportSummary(
                Count(RowOutcome.Added), Count(RowOutcome.Changed), Count(RowOutcome.Existing), Count(RowOutcome.Invalid), StoppedAt, [.. _problems]);
            if (terminal.Json)
                terminal.WriteJson(summary, ApiJson.Default.ImportSummary);
            else
                terminal.WriteLine($"{summary.Added} added, {summary.Changed} changed, {summary.Existing} there already or twice, {summary.Invalid} bad");
            if (StoppedAt is { } line)
                terminal.WriteErrorLine($"the store takes no writes; import again from line {line}, or all of it: what is there already stays as it is");
        }

        private long Count(RowOutcome outcome) => _counts[(int)outcome];
    }
}
