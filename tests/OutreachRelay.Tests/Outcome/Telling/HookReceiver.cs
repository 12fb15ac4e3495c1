using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace OutreachRelay.Tests.Outcome.Telling;

/// <summary>A client that hears of its events: an HTTP server on loopback that keeps what is posted to it, octet for octet.</summary>
public sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;

    private HookReceiver(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>Answers with a status; by default 200.</summary>
    public Func<HttpContext, Task<int>> Answer { get; set; } = static _ => Task.FromResult(200);

    public Uri Url => new(_server.Urls.Single() + "/hook?key=geheim");

    /// <summary>Every request, those that were refused included.</summary>
    public ConcurrentQueue<(string Signature, byte[] Body, int Status)> Requests { get; } = new();

    /// <summary>The events of all requests that were answered with 200, in the order in which they came.</summary>
    public IReadOnlyList<JsonElement> Events =>
        [.. Requests.Where(static request => request.Status == 200).SelectMany(static request => Read(request.Body).GetProperty("events").EnumerateArray())];

    public IReadOnlyList<string> Kinds => [.. Events.Select(static told => told.GetProperty("kind").GetString()!)];

    /// <param name="port">0 for any.</param>
    public static async Task<HookReceiver> StartAsync(int port = 0)
    {
        var receiver = new HookReceiver(port);
        await receiver._server.StartAsync();
        return receiver;
    }

    public static JsonElement Read(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var status = await Answer(context);
        context.Response.StatusCode = status;
        Requests.Enqueue((context.Request.Headers["OutreachRelay-Signature"].ToString(), body.ToArray(), status));
    }
}
