using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>What a process has used up to a moment, by the names of its threads.</summary>
internal sealed class ThreadUsage
{
    // Of /proc/PID/task/ID/stat: 1/100 s on Linux.
    private const double MicrosPerTick = 10_000;

    private readonly Dictionary<string, Thread> _threads = new(StringComparer.Ordinal);

    public static ThreadUsage Of(int process)
    {
        var usage = new ThreadUsage();
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                usage._threads[Path.GetFileName(task)] = Read(task);
            }
            catch (IOException)
            {
                // The thread has just ended.
            }
        }
        return usage;
    }

    /// <summary>Context switches since an earlier moment, of threads that still live.</summary>
    public long SwitchesSince(ThreadUsage earlier) => _threads.Sum(thread => thread.Value.Switches - earlier.Find(thread.Key).Switches);

    /// <summary>Microseconds since an earlier moment, of threads that still live, by name, the most first.</summary>
    public IReadOnlyList<(string Name, double Micros)> CpuSince(ThreadUsage earlier) =>
    [
        .. _threads.GroupBy(static thread => thread.Value.Name, thread => (thread.Value.Ticks - earlier.Find(thread.Key).Ticks) * MicrosPerTick)
            .Select(static kind => (kind.Key, kind.Sum())).OrderByDescending(static kind => kind.Item2),
    ];

    private Thread Find(string id) => _threads.GetValueOrDefault(id);

    private static Thread Read(string task)
    {
        var stat = File.ReadAllText(Path.Combine(task, "stat"));
        // The name, in brackets, may hold spaces and is cut to 15 octets. Behind it: state … utime, stime as fields 14 and 15.
        var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
        var fields = stat[(close + 2)..].Split(' ');
        var switches = File.ReadLines(Path.Combine(task, "status")).Where(static line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line[(line.IndexOf(':') + 1)..].Trim(), CultureInfo.InvariantCulture));
        var ticks = fields[11..13].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture));
        return new Thread(Whole(stat[(open + 1)..close]), ticks, switches);
    }

    private static string Whole(string name) => name switch
    {
        ".NET Tiered Com" => ".NET Tiered Compilation",
        _ => name,
    };

    private readonly record struct Thread(string Name, long Ticks, long Switches);
}
