using System.Globalization;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;

namespace OutreachRelay.Benchmarks.Growth;

/// <summary>Lets sessions, senders and the queue grow: <c>[longest queue]</c>.</summary>
internal static class GrowthBenchmark
{
    private const int Messages = 5000;
    private const int BodySize = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        await MeasureAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000);
        return 0;
    }

    public static async Task<IReadOnlyList<GrowthCurve>> MeasureAsync(int longestQueue) => [await SessionsAsync(), Senders(), await QueueAsync(longestQueue)];

    private static async Task<GrowthCurve> SessionsAsync()
    {
        await using var relay = await Contestant.StartRelayAsync(signs: false);
        var lap = new Discipline(Reuse: true, BodySize, RaceOptions.UntilCompiled);
        await RaceRound.RunAsync(relay, lap, sessions: 50);
        var rows = new List<double[]>();
        foreach (var sessions in (int[])[1, 10, 100, 1000])
        {
            var result = await RaceRound.RunAsync(relay, lap with { Messages = sessions == 1 ? Messages / 5 : Messages }, sessions);
            rows.Add([sessions, result.Delivered, result.Cpu * 1e6, result.Memory / 1e6]);
            Console.WriteLine($"{sessions} sessions: {result.Delivered:F0}/s");
        }
        return new GrowthCurve(
            "sessions", "Sessions at a time",
            "`smtp-source` → relay → `smtp-sink` with bodies of 4 KiB, many messages on each connection, 1,200 senders, content scored. A session alone waits for the\ndisk at each message; many share a flush.",
            ["sessions", "delivered messages per second", "CPU µs per message", "peak memory, MB"], rows);
    }

    private static GrowthCurve Senders()
    {
        RotationBenchmark.WarmUp();
        var rows = new List<double[]>();
        foreach (var senders in (int[])[100, 1000, 10_000, 100_000])
        {
            var (free, paced) = (RotationBenchmark.Measure(senders, isPaced: false), RotationBenchmark.Measure(senders, isPaced: true));
            rows.Add([senders, paced.Micros, free.Micros, paced.Allocated, paced.PerSender]);
            Console.WriteLine($"{senders} senders: {paced.Micros:F1} us");
        }
        return new GrowthCurve(
            "senders", "Senders in a pool",
            "Choosing the sender of a message in memory: ranking, taking its units, and the news of the commit. *Paced*: with windows, gaps and spreading, where most have\njust sent.",
            ["senders", "µs a choice, paced", "µs a choice, without gaps", "octets allocated", "octets a sender"], rows);
    }

    private static async Task<GrowthCurve> QueueAsync(int longest)
    {
        var rows = new List<double[]>();
        for (var queued = 1000; queued <= longest; queued *= 10)
        {
            var figures = await QueueBenchmark.MeasureAsync(queued, new QueueOptions());
            rows.Add([queued, figures.Delivered, figures.Cpu, figures.ReadyAfter, figures.Memory]);
            Console.WriteLine($"{queued} queued: {figures.Delivered:F0}/s");
        }
        return new GrowthCurve(
            "queue", "Entries in the queue",
            "The relay is started on a full queue and delivers to `smtp-sink`; up to 20,000 messages are timed, the first tenth is left out.",
            ["entries that wait", "delivered messages per second", "CPU µs per message", "seconds until ready", "peak memory, MB"], rows);
    }
}
