using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Http;

/// <summary>The two HTTP listeners of a real relay.</summary>
public sealed class HttpListenerTests : IAsyncLifetime
{
    private const string WrongToken = "tr0ub4dor-and-four";
    private readonly SinkServer _sink = new();
    private readonly int _publicPort = FreePort.Next();
    private RelayProcess _relay = null!;
    private HttpClient _public = null!;
    private HttpClient _operators = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", _sink.Port)],
            HttpKeys = $"""
                public_address = "127.0.0.1:{_publicPort}"
                [[http.token]]
                name = "watch"
                secret = "env:API_TOKEN"
                scopes = ["read"]
                """,
            More = "\n[log]\nlevel = \"trace\"\n",
        });
        _public = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 50 }) { BaseAddress = new Uri($"http://127.0.0.1:{_publicPort}") };
        _operators = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_relay.HttpPort}") };
    }

    public async ValueTask DisposeAsync()
    {
        _public.Dispose();
        _operators.Dispose();
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/readyz")]
    [InlineData("/api/v1/status")]
    [InlineData("/u/token")]
    [InlineData("/webhooks/sendgrid")]
    public async Task Get_OnThePublicListener_IsNotFound(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", RelayConfig.ApiToken) } };

        Assert.Equal(HttpStatusCode.NotFound, (await _public.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Get_OnThePublicListenerTooOften_IsTurnedAwayAndOperatorsAreNot()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ => (await _public.GetAsync("/u/x")).StatusCode));

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.OK, await _relay.StatusOfAsync("/readyz"));
    }

    [Fact]
    public async Task O8_SecretsInUse_AppearInNoLogAndNoOutput()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(RelayConfig.ApiToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(WrongToken));
        await using (var conversation = await SmtpConversation.ConnectAsync(_relay.Port))
        {
            Assert.Equal(535, (await conversation.SendAsync("AUTH PLAIN " + Plain("wrong horse battery"))).Code);
            Assert.Equal(235, (await conversation.SendAsync("AUTH PLAIN " + Plain(RelayConfig.Password))).Code);
        }

        string[] outputs =
        [
            _relay.Log, await _operators.GetStringAsync("/metrics"), await _operators.GetStringAsync("/readyz"),
            (await _relay.RunAsync("status", "--json")).Output, (await _relay.RunAsync("check", "--json")).Output,
        ];

        foreach (var secret in (string[])[RelayConfig.ApiToken, WrongToken, RelayConfig.Password, "wrong horse", Plain(RelayConfig.Password)])
            Assert.All(outputs, output => Assert.DoesNotContain(secret, output));
        Assert.Contains("API request /api/v1/status", _relay.Log);
    }

    private static string Plain(string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{RelayConfig.User}\0{password}"));

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return (await _operators.SendAsync(request)).StatusCode;
    }
}
