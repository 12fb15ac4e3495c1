using System.CommandLine;
using System.Globalization;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary><c>suppress export [FILE]</c>: writes suppressions as CSV that <c>suppress import</c> takes.</summary>
internal static class SuppressExport
{
    private const string Heading = "address,hash,client,direction,reason,at,until,source";

    public static Argument<string?> File { get; } = new("FILE")
    {
        Description = "The file to write; standard output without it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        if (context.Terminal.Json)
            throw new CommandFailure(ExitCode.Usage, "an export is CSV; suppress list --json is the same as JSON");
        if (context.Value(File) is not { } path)
        {
            await WriteAsync(context, client, context.Parts.Output, static _ => { }, cancel);
            return ExitCode.Ok;
        }
        var count = await context.Terminal.ShowCountAsync("suppress export", async report =>
        {
            await using var file = Create(path);
            return await WriteAsync(context, client, file, report, cancel);
        });
        context.Terminal.WriteLine($"{count} written to {path}");
        return ExitCode.Ok;
    }

    private static async Task<long> WriteAsync(CommandContext context, AdminClient client, TextWriter writer, Action<long> report, CancellationToken cancel)
    {
        var count = 0L;
        await writer.WriteAsync(Heading + "\n");
        await foreach (var page in SuppressCommand.PagesAsync(client, context, int.MaxValue, cancel))
        {
            foreach (var one in page)
                await writer.WriteAsync(Line(one));
            report(count += page.Length);
        }
        return count;
    }

    private static string Line(SuppressionReport report)
    {
        string?[] fields =
        [
            report.Address, report.Hash, report.Client, report.Direction, Words.Of(report.Reason), Time(report.At),
            report.Until is { } until ? Time(until) : null, report.Source,
        ];
        return string.Join(',', fields.Select(Quote)) + "\n";
    }

    // RFC 4180 §2.
    private static string Quote(string? field) =>
        field is null ? "" : field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : "\"" + field.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static StreamWriter Create(string path)
    {
        try
        {
            return new StreamWriter(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Data, $"{path} cannot be written: {e.Message}");
        }
    }
}
