using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Receive;

/// <summary>The ports on which clients submit. They have a server of their own, so that they stop before the HTTP side does.</summary>
public sealed class SmtpListeners : IAsyncDisposable
{
    // What one connection can make us buffer, each way.
    private const int BufferSize = 64 * 1024;

    // Clients that have connected and that nobody has looked at yet.
    private const int Backlog = 512;

    private readonly WebApplication _server;
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();

    /// <param name="model">Whose listeners are opened; later models change only limits.</param>
    /// <param name="sockets">Those that are open already.</param>
    public SmtpListeners(RelayModel model, PassedSockets sockets, SmtpConnections connections, TimeProvider time, ILoggerFactory loggers)
    {
        // The grace time is ours to keep; the host's own limit must not cut it short.
        var builder = BareServer.CreateBuilder(loggers, Timeout.InfiniteTimeSpan);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < model.Listeners.Length; i++)
            {
                var index = i;
                sockets.Listen(kestrel, model.Listeners[i].Address, listener => listener.Run(connection => connections.RunAsync(connection, index, _drain.Token, _abort.Token)));
            }
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(Transport(time, loggers));
        _server = builder.Build();
        RelayMeter.Instance.CreateObservableGauge(
            "outreach_receive_connections", () => connections.Count, description: "Open client connections.");
    }

    /// <summary>Opens ports on sockets as conversations want them: bounded, and made for many short turns.</summary>
    internal static PatientSocketListenerFactory Transport(TimeProvider time, ILoggerFactory loggers) => new(
        new SocketConnectionFactoryOptions
        {
            MaxReadBufferSize = BufferSize,
            MaxWriteBufferSize = BufferSize,
            // A conversation is many short turns: a session goes on where its octets arrive instead of on another thread. It never blocks one, and
            // gives it up now and then.
            UnsafePreferInlineScheduling = true,
            // 4 KiB for each connection that is silent, for one system call less in each turn.
            WaitForDataBeforeAllocatingBuffer = false,
        },
        Backlog, FileDescriptors.OfProcess(), time, loggers);

    public Task StartAsync() => _server.StartAsync();

    /// <summary>Closes the ports, lets running content end, and answers 421 at the next command; what is left after the grace time is cut off.</summary>
    public async Task StopAsync(TimeSpan grace, TimeProvider time)
    {
        await _drain.CancelAsync();
        await using var alarm = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), _abort, grace, Timeout.InfiniteTimeSpan);
        await _server.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _drain.Dispose();
        _abort.Dispose();
    }
}
