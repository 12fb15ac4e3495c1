using System.Net;
using System.Net.Security;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace OutreachRelay.Tests.Observe;

/// <summary>Whoever hears of alerts: an HTTP server on loopback that keeps what is posted to it.</summary>
public sealed class AlertReceiver : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Path, JsonElement Body)> _posts = [];
    private readonly WebApplication _server;

    private AlertReceiver(int port, SslStreamCertificateContext? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, endpoint =>
        {
            if (certificate is not null)
                endpoint.UseHttps(certificate.TargetCertificate);
        }));
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>Answers a request that was kept; by default 200 without content.</summary>
    public Func<HttpContext, JsonElement, Task> Answer { get; set; } = static (_, _) => Task.CompletedTask;

    public Uri Url => new(_server.Urls.Single() + "/hook?key=geheim");

    /// <summary>What was posted, in order.</summary>
    public IReadOnlyList<JsonElement> Bodies
    {
        get
        {
            lock (_lock)
                return [.. _posts.Select(post => post.Body)];
        }
    }

    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_lock)
                return [.. _posts.Select(post => post.Path)];
        }
    }

    /// <summary>What was posted, each as <c>raised upstream_down ses</c>.</summary>
    public IReadOnlyList<string> Heard =>
        [.. Bodies.Select(body => $"{body.GetProperty("state")} {body.GetProperty("alert")} {body.GetProperty("subject")}".TrimEnd())];

    /// <param name="port">0 for any.</param>
    /// <param name="certificate">With it TLS is spoken.</param>
    public static async Task<AlertReceiver> StartAsync(int port = 0, SslStreamCertificateContext? certificate = null)
    {
        var receiver = new AlertReceiver(port, certificate);
        await receiver._server.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        var body = document.RootElement.Clone();
        lock (_lock)
            _posts.Add(($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.ContentType}", body));
        await Answer(context, body);
    }
}
