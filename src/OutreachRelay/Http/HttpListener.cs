using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Http;

/// <summary>The HTTP side: metrics and health over TCP, the API over the Unix socket. It has a server of its own, so that it stops last.</summary>
public sealed class HttpListener : IAsyncDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(5);

    private readonly WebApplication _server;
    private readonly string _socket;

    /// <param name="sockets">Those that are open already.</param>
    public HttpListener(RelayModel model, PassedSockets sockets, AdminParts parts, PrometheusText metrics, ILoggerFactory loggers)
    {
        _socket = model.AdminSocket;
        var builder = BareServer.CreateBuilder(loggers, StopTime);
        builder.Services.AddRouting();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            sockets.Listen(kestrel, model.Http.Address, static _ => { });
            kestrel.ListenUnixSocket(_socket);
        });
        _server = builder.Build();
        _server.UseRouting();
        _server.MapHealth(parts.Readiness, parts.Upstreams);
        _server.MapMetrics(metrics);
        _server.MapAdminApi(parts);
    }

    /// <returns>Why the admin socket cannot be used, or <see langword="null"/> when all listens.</returns>
    public async Task<string?> StartAsync()
    {
        if (await AdminSocket.PrepareAsync(_socket) is { } obstacle)
            return obstacle;
        await _server.StartAsync();
        AdminSocket.Restrict(_socket);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }
}
