using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Http;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Outcome.Unsubscribe;

/// <summary>The pages for recipients on a real Kestrel, over a real store in which mail was accepted.</summary>
internal sealed class UnsubscribeServer : IAsyncDisposable
{
    public const string Recipient = "jane@target.example";

    private readonly WebApplication _app;
    private readonly StrangerLimits _limits;

    private UnsubscribeServer(Door door, WebApplication app, StrangerLimits limits)
    {
        (Door, _app, _limits) = (door, app, limits);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public Door Door { get; }
    public HttpClient Http { get; }

    public static async Task<UnsubscribeServer> StartAsync(RelayModel? model = null, bool isLimited = false)
    {
        var door = await Door.OpenAsync(model ?? Model(), inMemory: true);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        var app = builder.Build();
        var limits = new StrangerLimits();
        if (isLimited)
            limits.Use(app);
        app.UseListenerRule(HttpSide.Strangers);
        app.UseRouting();
        app.MapUnsubscribe(door.Suppressions.OptOuts, NullLogger.Instance);
        await app.StartAsync();
        return new UnsubscribeServer(door, app, limits);
    }

    /// <summary>One client, whose direction adds links.</summary>
    public static RelayModel Model(bool ofDirection = false, string? name = "Acme & Söhne <b>")
    {
        var direction = Models.Direction(Models.Pool(Models.Sender("ann@x.example")), Models.Upstream("a")) with
        {
            AddsUnsubscribe = true,
            UnsubscribesDirection = ofDirection,
        };
        return Models.Relay(Models.Client(direction) with { DisplayName = name }) with { Http = new HttpModel(new(IPAddress.Loopback, 0), new Uri("https://relay.example.com/mail/")) };
    }

    /// <summary>Accepts a message, and makes the link that it would carry.</summary>
    public async Task<string> MakeLinkAsync(string recipient = Recipient)
    {
        var entry = Assert.Single(await Door.AcceptAsync($"From: Jane <jane@crm.example>\r\nSubject: {Guid.NewGuid()}\r\n\r\nhello\r\n", recipient));
        var model = Door.Relay.Model;
        return (await Door.Suppressions.Links.MakeAsync(model, model.Clients["acme"].DefaultDirection, null, entry, CancellationToken.None))!.Link;
    }

    /// <summary>The token of a link.</summary>
    public async Task<string> MakeTokenAsync(string recipient = Recipient) => (await MakeLinkAsync(recipient))[^UnsubscribeToken.Length..];

    public async Task<bool> IsSuppressedAsync(string recipient = Recipient, string client = "acme", string? direction = "cold") =>
        await Door.Store.FindSuppressionAsync(SuppressionParts.Hash(recipient), client, direction, CancellationToken.None) is not null;

    public Task<HttpResponseMessage> PostAsync(string token, string body = "List-Unsubscribe=One-Click", string? type = "application/x-www-form-urlencoded") =>
        SendAsync(HttpMethod.Post, token, body, type);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string token, string? body = null, string? type = null, string? language = null)
    {
        var request = new HttpRequestMessage(method, "/u/" + token);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(body));
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        if (language is not null)
            request.Headers.TryAddWithoutValidation("Accept-Language", language);
        return Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        _limits.Dispose();
        await Door.DisposeAsync();
    }
}
