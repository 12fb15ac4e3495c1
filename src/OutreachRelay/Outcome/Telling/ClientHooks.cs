using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Telling;

/// <summary>Runs a hook for each client that has one, on a loop of its own: one that is slow keeps no other waiting.</summary>
public sealed partial class ClientHooks : IDisposable
{
    // How long it rests when the store did not answer.
    private static readonly TimeSpan StoreRest = TimeSpan.FromSeconds(5);

    private readonly HookParts _parts;
    private readonly SemaphoreSlim _changed = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Running> _running = [];

    public ClientHooks(IStore store, RelayState relay, AlertBook alerts, TimeProvider time, Random random, ILogger<ClientHooks> logger) =>
        _parts = new HookParts(store, relay, new JsonPost(time), alerts, time, random, logger);

    /// <summary>The configuration has changed, or what was given up is to be told again. Returns at once.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (_changed.CurrentCount == 0)
                _changed.Release();
            foreach (var running in _running.Values)
                running.Hook.Wake();
        }
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await _changed.WaitAsync(cancel);
                while (!await ApplyAsync(cancel))
                    await Task.Delay(StoreRest, _parts.Time, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // The process stops.
            }
        }
        foreach (var client in _running.Keys.ToList())
            await StopAsync(client);
    }

    public void Dispose()
    {
        _parts.Post.Dispose();
        _changed.Dispose();
    }

    /// <returns>Whether all is as it is configured.</returns>
    private async Task<bool> ApplyAsync(CancellationToken cancel)
    {
        var wanted = _parts.Relay.Model.Clients.Values.Where(static client => client.Hook is not null).Select(static client => client.Name).ToHashSet();
        foreach (var client in _running.Keys.Except(wanted).ToList())
        {
            await StopAsync(client);
            _parts.Alerts.Clear(AlertName.EventsUntold, client);
        }
        foreach (var client in wanted.Except(_running.Keys).ToList())
            Start(client, cancel);
        try
        {
            // One that comes back begins anew: what happened meanwhile was nobody's to hear.
            var closed = true;
            foreach (var (client, way) in await _parts.Store.ReadToldAsync(cancel))
                closed &= way != ToldBy.Hook || wanted.Contains(client) || await _parts.Store.CloseToldAsync(client, way);
            return closed;
        }
        catch (StoreException e)
        {
            Log.NotApplied(_parts.Log, e);
            return false;
        }
    }

    private void Start(string client, CancellationToken cancel)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var hook = new ClientHook(client, _parts);
        var running = new Running(hook, stop, Task.Run(() => hook.RunAsync(stop.Token), CancellationToken.None));
        lock (_gate)
            _running.Add(client, running);
    }

    private async Task StopAsync(string client)
    {
        Running running;
        lock (_gate)
        {
            running = _running[client];
            _running.Remove(client);
        }
        await running.Stop.CancelAsync();
        await running.Loop;
        running.Hook.Dispose();
        running.Stop.Dispose();
    }

    private sealed record Running(ClientHook Hook, CancellationTokenSource Stop, Task Loop);

    private static partial class Log
    {
        [LoggerMessage(8110, LogLevel.Error, "The store could not be read or written; the clients' hooks are put right when it can")]
        public static partial void NotApplied(ILogger logger, Exception e);
    }
}
