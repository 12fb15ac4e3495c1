using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>What the kernel says about a process and its descendants.</summary>
internal static class ProcessUsage
{
    /// <summary>The unit of times in <c>/proc/PID/stat</c>: 1/100 s on Linux.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>User and system time in seconds, of the process, of its living descendants, and of those that ended and were waited for.</summary>
    public static double CpuSeconds(int root) => Tree(root).Sum(process => process.CpuTicks) / TicksPerSecond;

    /// <summary>
    /// In octets. Of one process: the peak of its resident memory since <see cref="ResetPeak"/>. Of several: what they hold now, shared
    /// pages divided among those that share them, because their peaks cannot be added up.
    /// </summary>
    public static long Memory(int root) => Tree(root) switch
    {
        [var one] => Kibibytes($"/proc/{one.Id}/status", "VmHWM:") * 1024,
        var many => many.Sum(process => Kibibytes($"/proc/{process.Id}/smaps_rollup", "Pss:")) * 1024,
    };

    /// <summary>Starts the peaks anew. Needs root.</summary>
    public static void ResetPeak(int root)
    {
        foreach (var process in Tree(root))
        {
            try
            {
                File.WriteAllText($"/proc/{process.Id}/clear_refs", "5");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended, or we are not root: then the peak is that of its whole life.
            }
        }
    }

    private static List<ProcessTimes> Tree(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(path => ProcessTimes.TryRead(Path.GetFileName(path))).OfType<ProcessTimes>().ToList();
        var tree = all.Where(process => process.Id == root).ToList();
        for (var i = 0; i < tree.Count; i++)
            tree.AddRange(all.Where(process => process.Parent == tree[i].Id));
        return tree;
    }

    /// <summary>From a line like <c>VmHWM:     1234 kB</c>; 0 when the process has ended.</summary>
    private static long Kibibytes(string file, string field)
    {
        try
        {
            var line = File.ReadLines(file).First(line => line.StartsWith(field, StringComparison.Ordinal));
            return long.Parse(line[field.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

/// <param name="CpuTicks">User and system time of the process and of the children it has waited for.</param>
internal sealed record ProcessTimes(int Id, int Parent, long CpuTicks)
{
    /// <summary>Reads <c>/proc/ID/stat</c>; <see langword="null"/> when there is no such process.</summary>
    public static ProcessTimes? TryRead(string id)
    {
        if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            // The name, in brackets, may hold spaces. Behind it: state, parent …, utime, stime, cutime, cstime as fields 14 to 17.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
            return new ProcessTimes(number, int.Parse(fields[1], CultureInfo.InvariantCulture), ticks);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
