using System.Diagnostics;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>Processor time and allocations of this process between two moments. What drives a stage runs in another process, or costs next to nothing.</summary>
internal readonly struct StageMeter
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    public StageMeter()
    {
    }

    public StageFigures Read(string name, string what, long messages) => new(
        name, what,
        messages / Stopwatch.GetElapsedTime(_start).TotalSeconds,
        (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds / messages,
        (double)(GC.GetTotalAllocatedBytes(precise: true) - _allocated) / messages);

    /// <summary>Runs a stage twice, first until nothing is compiled any more, and measures the second run.</summary>
    /// <param name="act">Carries so many messages through the stage.</param>
    public static async Task<StageFigures> MeasureAsync(string name, string what, int warm, int messages, Func<int, Task> act)
    {
        await act(warm);
        var meter = new StageMeter();
        await act(messages);
        return meter.Read(name, what, messages);
    }
}
