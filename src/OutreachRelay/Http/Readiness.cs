using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Whether this node can accept a message and commit it. Upstreams do not count: without one, mail waits in the queue.</summary>
public sealed class Readiness(IStore store, RelayState state)
{
    private volatile bool _started;

    /// <summary>To be called when the listeners are open.</summary>
    public void Started() => _started = true;

    /// <returns><see langword="null"/> when ready, else the reason in words.</returns>
    public string? Obstacle()
    {
        if (state.IsDraining)
            return "the relay is stopping";
        if (!_started)
            return "the relay is starting";
        var health = store.Health;
        return health.CanWrite ? null : health.Reason is { Length: > 0 } reason ? reason : "the store takes no writes";
    }
}
