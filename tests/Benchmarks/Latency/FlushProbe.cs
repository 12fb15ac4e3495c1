using System.Diagnostics;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>What a flush costs by itself: appends to a file of its own, each flushed before the next, as a log of commits is written.</summary>
/// <remarks>Never while something else is measured: flushes of one disk wait for each other.</remarks>
internal sealed class FlushProbe(string directory)
{
    // About as much as the relay's writer adds to its log at once.
    private const int Size = 16 * 1024;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    private readonly List<TimeSpan> _times = [];

    /// <summary>Of all runs, in the order of their length.</summary>
    public TimeSpan[] Sorted => [.. _times.Order()];

    /// <summary>Appends and flushes for a while.</summary>
    public void Run()
    {
        var content = new byte[Size];
        Random.Shared.NextBytes(content);
        var path = Path.Combine(directory, "flush-probe");
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose))
        {
            var start = Stopwatch.GetTimestamp();
            for (var offset = 0L; Stopwatch.GetElapsedTime(start) < Duration; offset += Size)
            {
                var began = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, content, offset);
                RandomAccess.FlushToDisk(file);
                _times.Add(Stopwatch.GetElapsedTime(began));
            }
        }
    }
}
