using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Observe;

namespace OutreachRelay;

/// <summary>Puts a new configuration in force while mail flows, or keeps the old one whole. Requests that come while one runs become one.</summary>
public sealed partial class ModelReload(
    RelayState relay, Schedule schedule, RelayLog log, ILogger<ModelReload> logger) : IDisposable
{
    private readonly SemaphoreSlim _requested = new(0, 1);

    /// <summary>Told that another configuration is in force. Set once, before the first request.</summary>
    public Action Applied { get; set; } = static () => { };

    /// <summary>Asks for a reload. Returns at once; may be called from a signal.</summary>
    public void Request()
    {
        lock (_requested)
        {
            if (_requested.CurrentCount == 0)
                _requested.Release();
        }
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await _requested.WaitAsync(cancel);
                try
                {
                    await ReloadAsync();
                }
                catch (Exception e)
                {
                    // The edge of a reload: the model in force stays, and the next request is heard.
                    relay.Refuse(e.Message);
                    Log.BrokeOff(logger, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    public void Dispose() => _requested.Dispose();

    private async Task ReloadAsync()
    {
        // During the stop nothing new is begun.
        if (relay.IsDraining)
            return;
        var before = relay.Model;
        var loaded = ConfigurationLoader.Load(before.Path);
        foreach (var problem in loaded.Problems)
        {
            if (problem.Severity == ProblemSeverity.Error)
                Log.Error(logger, problem);
            else
                Log.Warning(logger, problem);
        }
        if (loaded.Model is not { } next)
        {
            relay.Refuse(loaded.Problems.First(problem => problem.Severity == ProblemSeverity.Error).ToString());
            Log.Kept(logger, before.Version);
            return;
        }
        foreach (var key in NeedingRestart(before, next))
            Log.NeedsRestart(logger, key);
        relay.Replace(next);
        log.Apply(next.Log);
        Applied();
        foreach (var gone in schedule.Apply(next))
            await gone.Sessions.CloseAsync();
        Log.Applied(logger, next.Version, next.Senders.Count, next.Upstreams.Count);
    }

    // What is opened once stays as it was opened; everything else is in force.
    private static IEnumerable<string> NeedingRestart(RelayModel before, RelayModel next)
    {
        if (!before.Listeners.Select(listener => listener.Address).SequenceEqual(next.Listeners.Select(listener => listener.Address)))
            yield return "listener.address";
        if (!before.Http.Address.Equals(next.Http.Address))
            yield return "http.address";
        if (!Equals(before.Http.PublicAddress, next.Http.PublicAddress))
            yield return "http.public_address";
        if (before.DataDirectory != next.DataDirectory)
            yield return "relay.data_dir";
        if (before.MinFreeSpace != next.MinFreeSpace)
            yield return "relay.min_free_space";
        if (before.HardMinFreeSpace != next.HardMinFreeSpace)
            yield return "relay.hard_min_free_space";
        if (before.MinFreeInodes != next.MinFreeInodes)
            yield return "relay.min_free_inodes";
        if (before.AdminSocket != next.AdminSocket)
            yield return "relay.admin_socket";
        if (before.Log.Recipients != next.Log.Recipients)
            yield return "log.recipients";
    }

    private static partial class Log
    {
        [LoggerMessage(5000, LogLevel.Information, "Configuration {Version} is in force: {Senders} senders, {Upstreams} upstreams")]
        public static partial void Applied(ILogger logger, string version, int senders, int upstreams);

        [LoggerMessage(5001, LogLevel.Error, "The new configuration was refused; {Version} stays in force")]
        public static partial void Kept(ILogger logger, string version);

        [LoggerMessage(5002, LogLevel.Error, "{Problem}")]
        public static partial void Error(ILogger logger, ConfigurationProblem problem);

        [LoggerMessage(5003, LogLevel.Warning, "{Problem}")]
        public static partial void Warning(ILogger logger, ConfigurationProblem problem);

        [LoggerMessage(5005, LogLevel.Error, "The reload broke off")]
        public static partial void BrokeOff(ILogger logger, Exception e);

        [LoggerMessage(5004, LogLevel.Warning, "{Key} has changed and needs a restart; the rest is in force")]
        public static partial void NeedsRestart(ILogger logger, string key);
    }
}
