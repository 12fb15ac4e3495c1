using System.Diagnostics.Metrics;

namespace OutreachRelay.Observe;

/// <summary>What the process uses, under the names that Prometheus' own client libraries give these figures.</summary>
public sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new("OutreachRelay.Process");

    public ProcessMetrics(TimeProvider time)
    {
        var started = time.GetUtcNow().ToUnixTimeSeconds();
        _meter.CreateObservableGauge("process_start_time", () => started, "s", "Start of the process since the Unix epoch.");
        _meter.CreateObservableGauge("process_resident_memory", static () => Environment.WorkingSet, "By", "Resident memory.");
        _meter.CreateObservableCounter("process_cpu", static () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "User and system CPU time spent.");
        _meter.CreateObservableGauge("process_open_fds", OpenDescriptors, null, "Open file descriptors.");
        _meter.CreateObservableGauge("dotnet_gc_heap", static () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed memory in use.");
        _meter.CreateObservableCounter("dotnet_gc_pause", static () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time paused for garbage collection.");
        _meter.CreateObservableCounter("dotnet_gc_collections", Collections, null, "Garbage collections by generation.");
        _meter.CreateObservableCounter("dotnet_gc_allocated", static () => GC.GetTotalAllocatedBytes(), "By", "Managed memory allocated since the start.");
        _meter.CreateObservableGauge("dotnet_thread_pool_queue_length", static () => ThreadPool.PendingWorkItemCount, null, "Work items that wait for a thread.");
        _meter.CreateObservableGauge("dotnet_thread_pool_threads", static () => ThreadPool.ThreadCount, null, "Threads of the pool.");
    }

    public Meter Meter => _meter;

    public void Dispose() => _meter.Dispose();

    // Tags: generation = 0, 1, 2.
    private static IEnumerable<Measurement<long>> Collections()
    {
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            yield return new Measurement<long>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation));
    }

    private static IEnumerable<Measurement<int>> OpenDescriptors()
    {
        if (Directory.Exists("/proc/self/fd"))
            yield return new Measurement<int>(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
    }
}
