using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace OutreachRelay.Receive;

/// <summary>Opens the ports of <see cref="SmtpListeners"/>.</summary>
internal sealed class PatientSocketListenerFactory(
    SocketConnectionFactoryOptions options, int backlog, FileDescriptors descriptors, TimeProvider time, ILoggerFactory loggers) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var logger = loggers.CreateLogger<PatientSocketListener>();
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        try
        {
            socket.Listen(backlog);
            return ValueTask.FromResult<IConnectionListener>(
                new PatientSocketListener(socket, new SocketConnectionContextFactory(options, logger), descriptors, time, logger));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>
/// A port that waits while file descriptors are scarce. The server's own listener takes the last one and then tries again at once: connections
/// stay in the backlog, so that it fails at once as well, and a processor is busy with nothing until some connection ends.
/// </summary>
internal sealed partial class PatientSocketListener(
    Socket socket, SocketConnectionContextFactory connections, FileDescriptors descriptors, TimeProvider time, ILogger logger) : IConnectionListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _closed = new();
    private bool _isScarce;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <returns><see langword="null"/> when the port is closed.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                if (_isScarce)
                    await WaitAsync();
                var accepted = await socket.AcceptAsync(cancellationToken);
                _isScarce = descriptors.IsScarce(accepted.Handle);
                return Create(accepted);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException e)
            {
                // A client that was gone again before we came to it is nothing to wait for.
                _isScarce = e.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.ConnectionAborted);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _closed.Cancel();
        socket.Dispose();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        connections.Dispose();
    }

    private ConnectionContext Create(Socket accepted)
    {
        try
        {
            accepted.NoDelay = true;
            return connections.Create(accepted);
        }
        catch
        {
            accepted.Dispose();
            throw;
        }
    }

    private async Task WaitAsync()
    {
        Log.Waits(logger, EndPoint);
        do
            await Task.Delay(Pause, time, _closed.Token);
        while (descriptors.AreScarce());
        Log.GoesOn(logger, EndPoint);
    }

    private static partial class Log
    {
        [LoggerMessage(1030, LogLevel.Warning, "Clients of {EndPoint} wait: nearly all files that the process may open are open; the limit may be too low")]
        public static partial void Waits(ILogger logger, EndPoint endPoint);

        [LoggerMessage(1031, LogLevel.Information, "Clients of {EndPoint} are taken again")]
        public static partial void GoesOn(ILogger logger, EndPoint endPoint);
    }
}
