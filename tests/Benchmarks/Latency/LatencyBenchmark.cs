using System.Globalization;
using System.Runtime.InteropServices;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>
/// From the final dot to the reply, at half of the rate that the relay delivers at most, which is measured first: <c>[messages]</c>. In turns with the data on
/// disk and, at the same rate, in memory.
/// </summary>
internal static class LatencyBenchmark
{
    // Two seconds or three a round: stalls of a shared machine, some tens of milliseconds every few seconds, are in some rounds then and not in others.
    private const int Messages = 4000;
    private const int Rounds = 25;
    private const int TopRounds = 3;
    private const int Connections = 50;

    private static readonly Discipline Top = new(Reuse: true, Size: 4, Messages: 5000);

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    // A file system that keeps all in memory and has nothing to flush (tmpfs(5)): what is left there is the relay's own part.
    private static readonly DirectoryInfo Memory = new("/dev/shm");

    public static async Task<int> RunAsync(string[] args)
    {
        await MeasureAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Messages);
        return 0;
    }

    /// <summary>Measures, and prints each round as soon as it is over.</summary>
    public static async Task<LatencyReport> MeasureAsync(int messages = Messages)
    {
        var places = new List<Place>();
        try
        {
            places.Add(await Place.OpenAsync("on disk", new TemporaryDirectory()));
            if (Memory.Exists)
                places.Add(await Place.OpenAsync("in memory", new TemporaryDirectory(Memory.FullName)));
            return await MeasureAsync(places, messages);
        }
        finally
        {
            foreach (var place in places)
                await place.DisposeAsync();
        }
    }

    private static async Task<LatencyReport> MeasureAsync(List<Place> places, int messages)
    {
        // Until nothing is compiled any more.
        foreach (var place in places)
            await RaceRound.RunAsync(place.Relay, Top with { Messages = RaceOptions.UntilCompiled }, Connections);
        var top = await TopRateAsync(places[0].Relay);
        var content = FullQueue.Content(Top.Size * 1024);
        // Thrown away: the generator's own code is compiled in it, and the connections are made.
        foreach (var place in places)
            await RunAsync(place.Relay, new OpenLoop(place.Relay.Port, top / 2, messages, content), messages);
        var results = places.Select(static _ => new List<LatencyRound>()).ToList();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (place, rounds) in places.Zip(results))
            {
                rounds.Add(await MeasureAsync(place, top / 2, messages, content));
                Print(place, top / 2, rounds[^1]);
            }
        }
        var figures = places.Zip(results, static (place, rounds) => new LatencyFigures(place.Name, rounds)).ToList();
        figures.ForEach(Print);
        return new LatencyReport(top, messages, figures);
    }

    private static async Task<double> TopRateAsync(Contestant relay)
    {
        var rounds = new List<RoundResult>();
        while (rounds.Count < TopRounds)
            rounds.Add(await RaceRound.RunAsync(relay, Top, Connections));
        return Spread.Of([.. rounds.Select(static round => round.Delivered)]).Median;
    }

    private static async Task<LatencyRound> MeasureAsync(Place place, double rate, int messages, byte[] content)
    {
        // What was written before is on disk by now, and not on its way beside what is measured.
        await Task.Run(sync);
        // Before and after, so that a disk that changes its mind in between shows.
        var bare = new BareLog(place.Directory.Path, rate, content);
        await Task.Run(() => bare.Run(messages / 2));
        var loop = new OpenLoop(place.Relay.Port, rate, messages, content);
        var times = await RunAsync(place.Relay, loop, messages);
        await Task.Run(() => bare.Run(messages / 2));
        return new LatencyRound(new Waits(times), (double)loop.Late / messages, new Waits(loop.Wakes).At(0.99), new Waits(bare.Waits).At(0.99));
    }

    private static async Task<TimeSpan[]> RunAsync(Contestant contestant, OpenLoop loop, int messages)
    {
        var goal = contestant.Sink.Count + messages;
        var times = await Task.Run(() => loop.Run(Connections));
        await Wait.UntilAsync(() => contestant.Sink.Count >= goal, Deadline, () => $"{contestant.Name}: {goal - contestant.Sink.Count} are missing");
        return times;
    }

    private static void Print(Place place, double rate, LatencyRound round) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{place.Name}, {rate:N0}/s: final dot to 250 in {round.Waits.At(0.5):F2} ms (median), {round.Waits.At(0.99):F2} ms (99 %), at most {round.Waits.At(1):F2} ms; {round.Late:P2} late; a thread wakes within {round.Wake:F2} ms (99 %); the disk alone: {round.Bare:F2} ms (99 %)"));

    private static void Print(LatencyFigures figures)
    {
        var round = figures.Of(static round => round.Waits.At(0.99));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Place}: 99 % of a round within {round.Median:F2} ms (median of the rounds; {round.Lowest:F2} to {round.Highest:F2}), of all rounds within {figures.Waits.At(0.99):F2} ms"));
    }

    [DllImport("libc")]
    private static extern void sync();
}
