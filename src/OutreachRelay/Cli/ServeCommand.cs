using System.Runtime.InteropServices;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>serve</c>: runs the relay until SIGTERM or SIGINT; SIGHUP reloads.</summary>
public static class ServeCommand
{
    public static async Task<int> RunAsync(ServeArguments arguments, CancellationToken cancel)
    {
        var loaded = ConfigurationLoader.Load(arguments.ConfigurationPath);
        foreach (var problem in loaded.Problems)
            await Console.Error.WriteLineAsync(problem.ToString());
        if (loaded.Model is not { } model)
            throw new CommandFailure(ExitCode.Configuration, $"{arguments.ConfigurationPath} cannot be used; nothing was started");

        using var log = new RelayLog(model.Log);
        using var loggers = new LoggerFactory([log.Provider]);
        using var systemd = new SystemdNotifier(Environment.GetEnvironmentVariable);
        try
        {
            await using var host = await RelayHost.StartAsync(model, log, loggers, TimeProvider.System);
            using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                host.Reload.Request();
            });
            systemd.Ready();
            await WaitForStopAsync(systemd, host, cancel);
            systemd.Stopping();
            await host.StopAsync();
            return ExitCode.Ok;
        }
        catch (StoreException e)
        {
            throw new CommandFailure(e is StoreTooNewException or StoreDamagedException ? ExitCode.Configuration : ExitCode.Unavailable, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            throw new CommandFailure(ExitCode.Unavailable, e.Message);
        }
    }

    private static async Task WaitForStopAsync(SystemdNotifier systemd, RelayHost host, CancellationToken cancel)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        await using var cancelled = cancel.Register(() => stop.TrySetResult());
        while (!stop.Task.IsCompleted)
        {
            var interval = systemd.WatchdogInterval ?? Timeout.InfiniteTimeSpan;
            await Task.WhenAny(stop.Task, Task.Delay(interval, TimeProvider.System, CancellationToken.None));
            if (!stop.Task.IsCompleted && await host.IsAliveAsync(interval))
                systemd.Alive();
        }

        // The first signal asks for an orderly stop; a second one ends the process where it stands, which the store survives.
        void OnSignal(PosixSignalContext signal) => signal.Cancel = stop.TrySetResult();
    }
}
