using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Cli;

/// <summary><c>serve</c>: runs the relay until SIGTERM or SIGINT; SIGHUP reloads.</summary>
public static class ServeCommand
{
    private static readonly TimeSpan ReadyTick = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(ServeArguments arguments, CancellationToken cancel)
    {
        using var signals = new ServeSignals();
        await using var cancelled = cancel.Register(signals.RequestStop);
        var loaded = ConfigurationLoader.Load(arguments.ConfigurationPath);
        foreach (var problem in loaded.Problems)
            await Console.Error.WriteLineAsync(problem.ToString());
        if (loaded.Model is not { } model)
            throw new CommandFailure(ExitCode.Configuration, $"{arguments.ConfigurationPath} cannot be used; nothing was started");

        using var log = new RelayLog(model.Log, TimeProvider.System);
        using var loggers = new LoggerFactory([log]);
        using var systemd = new SystemdNotifier(Environment.GetEnvironmentVariable);
        try
        {
            var sockets = PassedSockets.Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
            if (sockets.Stray(model) is { } stray)
                throw new CommandFailure(ExitCode.Configuration, $"a socket was passed for {stray}, but no listener is configured with that address");
            await using var host = await RelayHost.StartAsync(model, sockets, log, loggers, TimeProvider.System);
            signals.ReloadBy(host.Reload.Request);
            await WatchAsync(systemd, host, signals.StopRequested);
            systemd.Stopping();
            await host.StopAsync();
            return ExitCode.Ok;
        }
        catch (StoreException e)
        {
            throw new CommandFailure(e is StoreTooNewException or StoreDamagedException ? ExitCode.Configuration : ExitCode.Unavailable, e.Message);
        }
        catch (TimeoutException e)
        {
            throw new CommandFailure(ExitCode.Temporary, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            throw new CommandFailure(ExitCode.Unavailable, e.Message);
        }
    }

    // READY only when a message could be committed; then the watchdog is fed as long as the work goes on.
    private static async Task WatchAsync(SystemdNotifier systemd, RelayHost host, Task stop)
    {
        var ready = false;
        while (!stop.IsCompleted)
        {
            ready = ready || TellWhetherReady(systemd, host);
            var interval = ready ? systemd.WatchdogInterval ?? Timeout.InfiniteTimeSpan : ReadyTick;
            await Task.WhenAny(stop, Task.Delay(interval, TimeProvider.System, CancellationToken.None));
            if (!ready || stop.IsCompleted)
                continue;
            var alive = host.IsAliveAsync(interval);
            // A stop is not kept waiting by a store that hangs.
            if (await Task.WhenAny(stop, alive) == alive && await alive)
                systemd.Alive();
        }
    }

    private static bool TellWhetherReady(SystemdNotifier systemd, RelayHost host)
    {
        if (host.Obstacle is not { } obstacle)
        {
            systemd.Ready();
            return true;
        }
        systemd.Waiting(obstacle, 10 * ReadyTick);
        return false;
    }
}
