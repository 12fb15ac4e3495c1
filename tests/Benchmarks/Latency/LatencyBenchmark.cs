using System.Globalization;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>From the final dot to the reply, at half of the rate that the relay delivers at most, which is measured first: <c>[messages]</c>.</summary>
internal static class LatencyBenchmark
{
    private const int Messages = 20_000;
    private const int TopRounds = 3;
    private const int Connections = 50;
    private const int Size = 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(string[] args)
    {
        await MeasureAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Messages);
        return 0;
    }

    public static async Task<LatencyFigures> MeasureAsync(int messages = Messages)
    {
        await using var relay = await Contestant.StartRelayAsync(signs: false);
        await RaceRound.RunAsync(relay, new Discipline(Reuse: true, Size, RaceOptions.UntilCompiled), Connections);
        var rounds = new List<RoundResult>();
        while (rounds.Count < TopRounds)
            rounds.Add(await RaceRound.RunAsync(relay, new Discipline(Reuse: true, Size, 5000), Connections));
        var top = Spread.Of([.. rounds.Select(static round => round.Delivered)]).Median;

        var figures = await MeasureAsync(relay, top, messages);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Name}: {figures.Rate:N0}/s of at most {top:N0}/s: final dot to 250 in {figures.Median.TotalMilliseconds:F2} ms (median), {figures.P99.TotalMilliseconds:F2} ms (99 %), {figures.P999.TotalMilliseconds:F2} ms (99.9 %), at most {figures.Longest.TotalMilliseconds:F1} ms; {figures.Late:P2} late; a sleeping thread of the client wakes within {figures.Wake.TotalMilliseconds:F2} ms (99 %)"));
        return figures;
    }

    private static async Task<LatencyFigures> MeasureAsync(Contestant contestant, double top, int messages)
    {
        var content = FullQueue.Content(Size * 1024);
        // The first run is thrown away: the generator's own code is compiled in it, and the connections are made.
        await RunAsync(contestant, new OpenLoop(contestant.Port, top / 2, messages / 4, content), messages / 4);
        var loop = new OpenLoop(contestant.Port, top / 2, messages, content);
        var times = await RunAsync(contestant, loop, messages);
        Array.Sort(times);
        Array.Sort(loop.Wakes);
        return new LatencyFigures(
            contestant.Name, top, top / 2, messages, At(times, 0.5), At(times, 0.99), At(times, 0.999), times[^1], (double)loop.Late / messages, At(loop.Wakes, 0.99));
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
}
