using Microsoft.AspNetCore.Server.Kestrel.Core;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Outcome.Webhooks;

namespace OutreachRelay.Http;

/// <summary>
/// The HTTP side, which stops last. One server for operators: metrics and health over TCP, the API over the Unix socket and, with a token, over
/// TCP. Another for strangers, where a public address is configured: its own limits, so that a flood there leaves the first one alone.
/// </summary>
public sealed class HttpListener : IAsyncDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(5);

    private readonly WebApplication _operators;
    private readonly WebApplication? _strangers;
    private readonly StrangerLimits _limits = new();
    private readonly WebhookEndpoint _webhooks;
    private readonly string _socket;

    /// <param name="sockets">Those that are open already.</param>
    public HttpListener(
        RelayModel model, PassedSockets sockets, AdminParts parts, OptOuts optOuts, WebhookReceiver webhooks, PrometheusText metrics, ILoggerFactory loggers)
    {
        _socket = model.AdminSocket;
        _webhooks = new WebhookEndpoint(webhooks, parts.Time, parts.Log);
        var side = model.Http.PublicAddress is null ? HttpSide.Both : HttpSide.Operators;
        _operators = Build(side, Map, loggers, kestrel =>
        {
            sockets.Listen(kestrel, model.Http.Address, static _ => { });
            kestrel.ListenUnixSocket(_socket);
        });
        if (model.Http.PublicAddress is { } address)
        {
            _strangers = Build(HttpSide.Strangers, Map, loggers, kestrel =>
            {
                StrangerLimits.Apply(kestrel.Limits);
                sockets.Listen(kestrel, address, static _ => { });
            });
        }

        // Both get everything; the listener rule says what of it they show.
        void Map(WebApplication server)
        {
            server.MapHealth(parts.Readiness, parts.Upstreams);
            server.MapMetrics(metrics);
            server.MapAdminApi(parts);
            server.MapUnsubscribe(optOuts, parts.Log);
            _webhooks.Map(server);
        }
    }

    /// <returns>Why the admin socket cannot be used, or <see langword="null"/> when all listens.</returns>
    public async Task<string?> StartAsync()
    {
        if (await AdminSocket.PrepareAsync(_socket) is { } obstacle)
            return obstacle;
        await _operators.StartAsync();
        AdminSocket.Restrict(_socket);
        if (_strangers is not null)
            await _strangers.StartAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in (WebApplication?[])[_strangers, _operators])
        {
            if (server is null)
                continue;
            await server.StopAsync();
            await server.DisposeAsync();
        }
        _limits.Dispose();
        _webhooks.Dispose();
    }

    private WebApplication Build(HttpSide side, Action<WebApplication> map, ILoggerFactory loggers, Action<KestrelServerOptions> listen)
    {
        var builder = BareServer.CreateBuilder(loggers, StopTime);
        builder.Services.AddRouting();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            listen(kestrel);
        });
        var server = builder.Build();
        if (side == HttpSide.Strangers)
            _limits.Use(server);
        else
            server.UseWhen(static context => context.Request.Path.StartsWithSegments("/u"), _limits.Use);
        server.UseListenerRule(side);
        server.UseRouting();
        map(server);
        return server;
    }
}
