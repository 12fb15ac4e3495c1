using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Relay → Postfix → sink. One relay trusts loopback, the other asks for AUTH; both share the rest.</summary>
public sealed class RelayBeforePostfix : IAsyncLifetime
{
    private PostfixInstance? _postfix;
    private RelayProcess? _open;
    private RelayProcess? _closed;

    internal SinkServer Sink { get; } = new();

    internal RelayProcess Open => _open!;

    internal RelayProcess Closed => _closed!;

    public async ValueTask InitializeAsync()
    {
        // Each test says in its skip reason that it needs root.
        if (!Environment.IsPrivilegedProcess)
            return;
        _postfix = await PostfixInstance.StartAsync(Sink.Port);
        var config = new RelayConfig { Upstreams = [new("postfix", _postfix.Port)] };
        _open = await RelayProcess.StartAsync(config);
        _closed = await RelayProcess.StartAsync(config with { TrustLoopback = false });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[_open, _closed, _postfix, Sink])
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }
}
