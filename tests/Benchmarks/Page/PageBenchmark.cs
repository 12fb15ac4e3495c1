using OutreachRelay.Benchmarks.Growth;
using OutreachRelay.Benchmarks.Latency;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.Benchmarks.Stages;

namespace OutreachRelay.Benchmarks.Page;

/// <summary>Runs all that belongs on one page, and writes it.</summary>
internal static class PageBenchmark
{
    private const int Usage = 64;
    private const int Unavailable = 69;

    public static async Task<int> RunAsync(string[] args)
    {
        PageOptions options;
        try
        {
            options = PageOptions.Parse(args);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{PageOptions.Text}");
            return Usage;
        }
        if (!Environment.IsPrivilegedProcess)
        {
            await Console.Error.WriteLineAsync("Needs root: Postfix changes its user.");
            return Unavailable;
        }
        await WriteAsync(options);
        return 0;
    }

    private static async Task WriteAsync(PageOptions options)
    {
        // Before anything is measured: a place that cannot be written to should not cost the time.
        Directory.CreateDirectory(Path.Combine(options.Directory, "performance"));
        var page = new PerformancePage(await Packages.ReadAsync());
        var race = new RaceOptions { Rounds = 3, Sizes = options.Sizes };
        if (options.IsQuick)
            race = race with { Messages = 500, Warm = 500, Rounds = 2 };
        var beside = race with { Contestants = [RaceBenchmark.Relay, "postfix"] };
        // In a shorter round, how the relay's clients begin and how its last mail leaves weigh more than they do on the other side; in longer ones the machine's speed changes.
        if (!options.IsQuick)
            beside = beside with { Messages = 8000, Rounds = 5 };
        // First: of all that is measured here, this bears a busy disk least.
        var latency = options.IsQuick ? await LatencyBenchmark.MeasureAsync(1000) : await LatencyBenchmark.MeasureAsync();
        var plain = await RaceBenchmark.MeasureAsync(beside);
        var signed = await RaceBenchmark.MeasureAsync(beside with { Sign = true, Sizes = [4] });
        var slow = await RaceBenchmark.MeasureAsync(race with { Sizes = [4], Contestants = [RaceBenchmark.Relay, "exim", "opensmtpd"] });
        page.Append(plain, signed, slow);
        page.Append(latency);
        page.Append(options.IsQuick ? await StagesBenchmark.MeasureAsync(1000) : await StagesBenchmark.MeasureAsync());
        page.AppendLimit(plain, signed);
        await SaveAsync(page, options);

        foreach (var curve in await GrowthBenchmark.MeasureAsync(options.LongestQueue))
        {
            page.Append(curve);
            await File.WriteAllTextAsync(Path.Combine(options.Directory, "performance", curve.Name + ".svg"), CurvePlot.Draw(curve));
        }
        await SaveAsync(page, options);
    }

    // Once before the longest part too: what was measured is not lost with it.
    private static async Task SaveAsync(PerformancePage page, PageOptions options)
    {
        var file = Path.Combine(options.Directory, "performance.md");
        await File.WriteAllTextAsync(file, page.ToString());
        Console.WriteLine($"written: {file}");
    }
}
