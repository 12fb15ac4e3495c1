using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Http;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Tests.Outcome.Events;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>The webhooks of all providers on a real Kestrel, over a store on disk. What would be fetched from Amazon is the test's.</summary>
internal sealed class WebhookBench : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly WebApplication _server;
    private readonly WebhookEndpoint _endpoint;

    private WebhookBench(EventBench events, Provider provider)
    {
        (Events, Provider) = (events, provider);
        Receiver = new WebhookReceiver(
            events.Events, events.Relay, events.Time, NullLogger<WebhookReceiver>.Instance, FetchAsync, [X509Certificate2.CreateFromPem(provider.Authority.RootPem)]);
        _endpoint = new WebhookEndpoint(Receiver, events.Time, NullLogger.Instance);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        _server = builder.Build();
        _server.UseRouting();
        _endpoint.Map(_server);
        _client = new HttpClient();
    }

    public EventBench Events { get; }
    public Provider Provider { get; }
    public WebhookReceiver Receiver { get; }
    public DateTimeOffset Now => Events.Time.GetUtcNow();
    public Uri Address => new(_server.Urls.First());

    /// <summary>What was fetched, in order.</summary>
    public ConcurrentQueue<Uri> Fetched { get; } = new();

    /// <summary>What is at a URL; by default the certificate with which <see cref="Provider"/> signs.</summary>
    public Func<Uri, byte[]?> At { get; set; } = static _ => null;

    /// <summary>What is fetched comes when it is complete.</summary>
    public Task FetchGate { get; set; } = Task.CompletedTask;

    public static async Task<WebhookBench> StartAsync()
    {
        var provider = new Provider(new FakeTime());
        string[] names = ["sendgrid", "mailgun", "ses", "postmark", "resend"];
        var upstreams = names.Select((name, i) => Models.Upstream(name) with { Webhook = provider.ModelOf((WebhookKind)i) });
        var model = Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example", dailyLimit: 10_000)), [.. upstreams, Models.Upstream("a")])));
        var bench = new WebhookBench(await EventBench.StartAsync(model), provider);
        bench.At = url => url.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(provider.SnsPem) : "<ok/>"u8.ToArray();
        await bench._server.StartAsync();
        return bench;
    }

    /// <summary>Puts another webhook in place of an upstream's, as a reload does.</summary>
    public void Reload(string upstream, WebhookModel? webhook)
    {
        var model = Events.Relay.Model;
        var upstreams = model.Upstreams.ToDictionary();
        upstreams[upstream] = upstreams[upstream] with { Webhook = webhook };
        Events.Relay.Replace(model with { Upstreams = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(upstreams) });
    }

    public async Task<HttpStatusCode> PostAsync(Signed request)
    {
        using var response = await SendAsync(request);
        return response.StatusCode;
    }

    public Task<HttpResponseMessage> SendAsync(Signed request) => SendAsync(request, new ByteArrayContent(request.Body));

    public async Task<HttpResponseMessage> SendAsync(Signed request, HttpContent content)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, "/webhooks/" + request.Upstream)) { Content = content };
        foreach (var (name, value) in request.Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return await _client.SendAsync(message);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _endpoint.Dispose();
        Receiver.Dispose();
        Provider.Dispose();
        await Events.DisposeAsync();
    }

    private async Task<byte[]?> FetchAsync(Uri url, CancellationToken cancel)
    {
        Fetched.Enqueue(url);
        await FetchGate.WaitAsync(cancel);
        return At(url);
    }
}
