using System.Net.Sockets;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

/// <summary>The connection of a script, whose writes can be held back, to leave together: so two TLS records are sure to arrive as one.</summary>
internal sealed class ScriptedTransport(Socket socket) : NetworkStream(socket)
{
    private MemoryStream? _held;

    public void Hold() => _held = new MemoryStream();

    public async Task ReleaseAsync(CancellationToken stop)
    {
        var held = _held!.ToArray();
        _held = null;
        await base.WriteAsync(held, stop);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _held is { } held ? held.WriteAsync(buffer, cancellationToken) : base.WriteAsync(buffer, cancellationToken);
}
