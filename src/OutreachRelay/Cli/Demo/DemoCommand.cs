using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Cli.Demo;

/// <summary><c>demo</c>: the main job on this machine alone. A CRM submits 200 mails, an upstream goes down half way, and nothing is lost.</summary>
public static class DemoCommand
{
    private const int Messages = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(ServeArguments arguments, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("outreach-demo-");
        try
        {
            await using var first = new DemoUpstream("first-provider");
            await using var second = new DemoUpstream("second-provider");
            var (path, port) = DemoConfiguration.Write(directory.FullName, first, second);
            var model = ConfigurationLoader.Load(path).Model
                ?? throw new CommandFailure(ExitCode.Software, "the demo's own configuration cannot be used");
            using var log = new RelayLog(model.Log with { Level = LogLevel.None }, TimeProvider.System);
            using var loggers = new LoggerFactory([log]);
            await using var host = await RelayHost.StartAsync(model, PassedSockets.None, log, loggers, TimeProvider.System);
            var report = new DemoReport(arguments.Json);
            report.Begin(model, port);
            var refused = await report.ShowProgressAsync(Messages, first, second, async submitted =>
            {
                var submitting = DemoCrm.SubmitAsync(port, Messages, submitted, cancel);
                await WaitAsync(() => first.Taken.Count >= Messages / 2, cancel);
                await first.GoDownAsync();
                var refusals = await submitting;
                await WaitAsync(() => host.Store.Counts is { Queued: 0, Leased: 0, InDoubt: 0 }, cancel);
                return refusals;
            });
            var entries = (await host.Store.ListAsync(
                new EntryFilter { States = Enum.GetValues<EntryState>(), Limit = 2 * Messages }, cancel)).Entries;
            await host.StopAsync();
            return report.End(entries, first, second, refused) ? ExitCode.Ok : ExitCode.Software;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task WaitAsync(Func<bool> condition, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (!condition())
                await timer.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Software, $"the demo did not come to its end within {Patience.TotalSeconds} seconds");
        }
    }
}
