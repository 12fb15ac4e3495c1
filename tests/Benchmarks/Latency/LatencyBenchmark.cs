using System.Globalization;
using System.Runtime.InteropServices;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>
/// From the final dot to the reply, at half of the rate that the relay delivers at most, which is measured first: <c>[messages]</c>. Once with its data on
/// disk, and once at the same rate in memory.
/// </summary>
internal static class LatencyBenchmark
{
    private const int Messages = 20_000;
    private const int TopRounds = 3;
    private const int Connections = 50;
    private const int Size = 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    // A file system that keeps all in memory and has nothing to flush (tmpfs(5)): what is left there is the relay's own part.
    private static readonly DirectoryInfo Memory = new("/dev/shm");

    public static async Task<int> RunAsync(string[] args)
    {
        await MeasureAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Messages);
        return 0;
    }

    public static async Task<LatencyReport> MeasureAsync(int messages = Messages)
    {
        double top;
        LatencyFigures onDisk;
        using (var disk = new TemporaryDirectory())
        {
            await using var relay = await StartAsync(disk.Path);
            top = await TopRateAsync(relay);
            onDisk = await MeasureAsync(relay, new("on disk", disk.Path), top / 2, messages);
        }
        if (!Memory.Exists)
            return new LatencyReport(top, [onDisk]);

        using var memory = new TemporaryDirectory(Memory.FullName);
        await using var second = await StartAsync(memory.Path);
        return new LatencyReport(top, [onDisk, await MeasureAsync(second, new("in memory", memory.Path), top / 2, messages)]);
    }

    // Until nothing is compiled any more.
    private static async Task<Contestant> StartAsync(string data)
    {
        var relay = await Contestant.StartRelayAsync(signs: false, data: Path.Combine(data, "data"));
        await RaceRound.RunAsync(relay, new Discipline(Reuse: true, Size, RaceOptions.UntilCompiled), Connections);
        return relay;
    }

    private static async Task<double> TopRateAsync(Contestant relay)
    {
        var rounds = new List<RoundResult>();
        while (rounds.Count < TopRounds)
            rounds.Add(await RaceRound.RunAsync(relay, new Discipline(Reuse: true, Size, 5000), Connections));
        return Spread.Of([.. rounds.Select(static round => round.Delivered)]).Median;
    }

    private static async Task<LatencyFigures> MeasureAsync(Contestant relay, Place place, double rate, int messages)
    {
        var content = FullQueue.Content(Size * 1024);
        // The first run is thrown away: the generator's own code is compiled in it, and the connections are made.
        await RunAsync(relay, new OpenLoop(relay.Port, rate, messages / 4, content), messages / 4);
        // Before and after, so that a disk that changes its mind in between shows.
        var bare = new BareLog(place.Directory, rate, content);
        // What came before, races of others too, is written by now and not beside what is measured.
        await Task.Run(sync);
        await Task.Run(() => bare.Run(messages / 2));
        var loop = new OpenLoop(relay.Port, rate, messages, content);
        var times = await RunAsync(relay, loop, messages);
        await Task.Run(() => bare.Run(messages / 2));
        Array.Sort(times);
        Array.Sort(loop.Wakes);
        var figures = new LatencyFigures(
            place.Name, rate, messages, At(times, 0.5), At(times, 0.99), At(times, 0.999), times[^1], (double)loop.Late / messages, At(loop.Wakes, 0.99), At(bare.Sorted, 0.99));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Place}, {rate:N0}/s: final dot to 250 in {figures.Median.TotalMilliseconds:F2} ms (median), {figures.P99.TotalMilliseconds:F2} ms (99 %), {figures.P999.TotalMilliseconds:F2} ms (99.9 %), at most {figures.Longest.TotalMilliseconds:F1} ms; {figures.Late:P2} late; 99 % of the client's sleeping threads wake within {figures.Wake.TotalMilliseconds:F2} ms, the disk alone has them wait for {figures.Bare.TotalMilliseconds:F2} ms"));
        return figures;
    }

    private static async Task<TimeSpan[]> RunAsync(Contestant contestant, OpenLoop loop, int messages)
    {
        var goal = contestant.Sink.Count + messages;
        var times = await Task.Run(() => loop.Run(Connections));
        await Wait.UntilAsync(() => contestant.Sink.Count >= goal, Deadline, () => $"{contestant.Name}: {goal - contestant.Sink.Count} are missing");
        return times;
    }

    // The smallest time that this share of the messages did not exceed.
    private static TimeSpan At(TimeSpan[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];

    [DllImport("libc")]
    private static extern void sync();

    /// <param name="Name">As people say it.</param>
    private sealed record Place(string Name, string Directory);
}
