using System.Globalization;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>What the kernel says of a process.</summary>
internal static class ProcessFigures
{
    // Of /proc/PID/stat; a hundred per second on every Linux.
    private const int TicksPerSecond = 100;

    /// <summary>The most memory it has held so far, in MiB.</summary>
    public static long PeakMemory(int id) => Read(id, "VmHWM:");

    /// <summary>The memory it holds now, in MiB.</summary>
    public static long Memory(int id) => Read(id, "VmRSS:");

    public static int OpenFiles(int id) => Directory.GetFileSystemEntries($"/proc/{id}/fd").Length;

    /// <summary>How many files our own process may have open.</summary>
    public static int OpenFilesLimit
    {
        get
        {
            var words = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.TryParse(words[3], CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
        }
    }

    public static int Threads(int id) => Directory.GetFileSystemEntries($"/proc/{id}/task").Length;

    /// <summary>Processor time used so far, of all its threads.</summary>
    public static TimeSpan ProcessorTime(int id)
    {
        // utime and stime are the 12th and 13th field behind the name.
        var fields = Fields($"/proc/{id}/stat");
        return TimeSpan.FromSeconds((double)(long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>The scheduling policies of its threads of a name, as numbers of sched(7).</summary>
    public static IEnumerable<int> Policies(int id, string thread) =>
        from directory in Directory.GetDirectories($"/proc/{id}/task")
        where Name(directory) == thread
        // The 39th field behind the name.
        select int.Parse(Fields(Path.Combine(directory, "stat"))[38], CultureInfo.InvariantCulture);

    private static string Name(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd();
        }
        catch (IOException)
        {
            // It has ended meanwhile, as those of the pool do.
            return "";
        }
    }

    // Of a stat file those behind the name, which is in parentheses and may hold spaces.
    private static string[] Fields(string file)
    {
        var stat = File.ReadAllText(file);
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Read(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
