using System.Globalization;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Soak;

/// <summary>What the relay holds at a moment. Memory, log and database in MiB.</summary>
/// <param name="Heap">Managed memory in use.</param>
/// <param name="Log">The write-ahead log of the database.</param>
internal sealed record SoakSample(TimeSpan At, double Memory, double Heap, double Files, double Threads, double Log, double Database)
{
    public static async Task<SoakSample> TakeAsync(RelayProcess relay, TimeSpan at) => new(
        at, ProcessFigures.Memory(relay.Id), await HeapAsync(relay), ProcessFigures.OpenFiles(relay.Id), ProcessFigures.Threads(relay.Id),
        Size(relay, "relay.db-wal"), Size(relay, "relay.db"));

    /// <summary>The median of each figure.</summary>
    public static SoakSample Median(IReadOnlyCollection<SoakSample> samples) => new(
        samples.Max(sample => sample.At), Of(samples, s => s.Memory), Of(samples, s => s.Heap), Of(samples, s => s.Files), Of(samples, s => s.Threads),
        Of(samples, s => s.Log), Of(samples, s => s.Database));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{At:h\\:mm\\:ss}  memory {Memory:F0} MiB, managed {Heap:F0} MiB, {Files:F0} files, {Threads:F0} threads, log {Log:F0} MiB, database {Database:F0} MiB");

    private static double Of(IEnumerable<SoakSample> samples, Func<SoakSample, double> figure)
    {
        var ordered = samples.Select(figure).Order().ToList();
        return ordered[ordered.Count / 2];
    }

    private static double Size(RelayProcess relay, string file) =>
        new FileInfo(Path.Combine(relay.DataDirectory, file)) is { Exists: true } found ? found.Length / 1048576.0 : 0;

    private static async Task<double> HeapAsync(RelayProcess relay) => await relay.MetricAsync("dotnet_gc_heap_bytes") / 1048576.0;
}
