using Microsoft.Extensions.Logging;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Observe;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>A whole relay in this process, started on a full queue: it reads, leases, renders, sends to smtp-sink, and settles. Nobody submits.</summary>
internal static class DeliverStage
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<StageFigures> MeasureAsync(int warm, int messages, int size)
    {
        await using var sink = await CountingSink.StartAsync();
        await using var configured = new StageModel(sink.Port);
        // More than is measured: towards its end a queue no longer keeps all connections busy.
        await FullQueue.FillAsync(configured.Relay, warm + messages + (messages / 5), size);

        // Lines are made as in a running relay, and go nowhere.
        using var log = new RelayLog(configured.Model.Log, TimeProvider.System, Stream.Null);
        using var loggers = new LoggerFactory([log]);
        await using var host = await RelayHost.StartAsync(configured.Model, PassedSockets.None, log, loggers, TimeProvider.System);
        await UntilAsync(sink, warm);
        var (begun, meter) = (sink.Count, new StageMeter());
        await UntilAsync(sink, warm + messages);
        var figures = meter.Read("deliver", "read from the store, lease, render, SMTP to smtp-sink, settle", sink.Count - begun);
        await host.StopAsync();
        return figures;
    }

    private static Task UntilAsync(CountingSink sink, int goal) =>
        Wait.UntilAsync(() => sink.Count >= goal, Deadline, () => $"{goal - sink.Count} are missing");
}
