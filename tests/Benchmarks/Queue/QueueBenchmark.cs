using System.Diagnostics;
using System.Globalization;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Queue;

/// <summary>What one queue showed.</summary>
/// <param name="ReadyAfter">Seconds from the start of the process.</param>
/// <param name="Delivered">Messages per second.</param>
/// <param name="Cpu">Microseconds per message.</param>
/// <param name="Memory">Peak, in MB.</param>
internal sealed record QueueFigures(double ReadyAfter, double Delivered, double Cpu, double Memory);

/// <summary>Delivery alone, and what a long queue costs: start, processor and memory by the number of entries that wait.</summary>
internal static class QueueBenchmark
{
    private const int Usage = 64;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync(string[] args)
    {
        QueueOptions options;
        try
        {
            options = QueueOptions.Parse(args);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{QueueOptions.Text}");
            return Usage;
        }
        Console.WriteLine($"{options.Size / 1024} KiB bodies, 1200 senders, 50 sessions, {Environment.ProcessorCount} cores; the first tenth of what is timed is left out");
        Console.WriteLine("   queued  ready after  delivered/s  CPU µs/msg  peak MB");
        Console.WriteLine("---------  -----------  -----------  ----------  -------");
        foreach (var queued in options.Queued)
            Console.WriteLine(Row(queued, await MeasureAsync(queued, options)));
        return 0;
    }

    public static async Task<QueueFigures> MeasureAsync(int queued, QueueOptions options)
    {
        await using var sink = await CountingSink.StartAsync();
        await using var relay = new RelayProcess(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 50")],
            Senders = [.. Enumerable.Range(0, 1200).Select(i => $"sender{i}@domain{i % 100}.example")],
            More = "[log]\nlevel = \"warn\"\n",
        });
        await FullQueue.FillAsync(relay, queued, options.Size);

        var start = Stopwatch.GetTimestamp();
        await relay.StartAsync();
        var ready = Stopwatch.GetElapsedTime(start);
        var timed = Math.Min(queued, options.Messages);
        var (begun, from, cpu) = await UntilAsync(relay, sink, timed / 10);
        var (count, until, cpuAfter) = await UntilAsync(relay, sink, timed);
        var seconds = Stopwatch.GetElapsedTime(from, until).TotalSeconds;
        return new QueueFigures(ready.TotalSeconds, (count - begun) / seconds, (cpuAfter - cpu) / (count - begun) * 1e6, ProcessUsage.Memory(relay.Id) / 1e6);
    }

    private static string Row(int queued, QueueFigures figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"{queued,9}  {figures.ReadyAfter,9:F1} s  {figures.Delivered,11:F0}  {figures.Cpu,10:F0}  {figures.Memory,7:F0}");

    /// <summary>Waits until the sink has counted so many.</summary>
    private static async Task<(long Count, long At, double Cpu)> UntilAsync(RelayProcess relay, CountingSink sink, int goal)
    {
        await Wait.UntilAsync(() => sink.Count >= goal, Deadline, () => $"{goal - sink.Count} are missing:\n{relay.Log}");
        return (sink.Count, sink.LastAt, ProcessUsage.CpuSeconds(relay.Id));
    }
}
