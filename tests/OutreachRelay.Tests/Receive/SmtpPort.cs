using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

/// <summary>A <see cref="Door"/> that listens on loopback.</summary>
internal sealed class SmtpPort : IAsyncDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly WebApplication _server;

    private SmtpPort(Door door)
    {
        Door = door;
        Connections = new SmtpConnections(door.Receiver, door.Relay, TimeProvider.System, NullLoggerFactory.Instance);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listener => listener.Run(connection => Connections.RunAsync(connection, 0, _drain.Token, _abort.Token))));
        _server = builder.Build();
    }

    public Door Door { get; }
    public SmtpConnections Connections { get; }

    public static async Task<SmtpPort> OpenAsync(Door door)
    {
        var port = new SmtpPort(door);
        await port._server.StartAsync();
        return port;
    }

    public void Drain() => _drain.Cancel();

    public void Abort() => _abort.Cancel();

    /// <summary>A client that has read the greeting.</summary>
    public async Task<SmtpSocket> ConnectAsync()
    {
        var client = await SmtpSocket.ConnectAsync(new Uri(_server.Urls.First()).Port);
        client.Greeting = await client.ReadAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync();
        await _server.DisposeAsync();
        _drain.Dispose();
        _abort.Dispose();
        await Door.DisposeAsync();
    }
}
