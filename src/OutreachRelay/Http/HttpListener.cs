using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Http;

/// <summary>The HTTP side: metrics and health over TCP, the API over the Unix socket. It has a server of its own, so that it stops last.</summary>
public sealed class HttpListener : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly string _socket;

    public HttpListener(RelayModel model, AdminParts parts, PrometheusText metrics, ILoggerFactory loggers)
    {
        _socket = model.AdminSocket;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(model.Http.Address);
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
