using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Http;

/// <summary>The API over TCP, with bearer tokens.</summary>
public sealed class ApiAccessTests
{
    private const string Reader = "a-token-that-may-read";
    private const string Operator = "a-token-that-may-operate";

    [Theory]
    [InlineData("GET", "status", Reader, HttpStatusCode.OK)]
    [InlineData("GET", "queue", Reader, HttpStatusCode.OK)]
    [InlineData("POST", "queue/hold", Reader, HttpStatusCode.Forbidden)]
    [InlineData("POST", "queue/hold", Operator, HttpStatusCode.OK)]
    [InlineData("GET", "status", Operator, HttpStatusCode.Forbidden)]
    [InlineData("GET", "queue/0000000000001/content", Reader, HttpStatusCode.Forbidden)]
    [InlineData("GET", "queue/0000000000001/content", Operator, HttpStatusCode.NotFound)]
    [InlineData("GET", "status", "a-token-that-may-read ", HttpStatusCode.OK)]
    [InlineData("GET", "status", "a-token-that-may-rea", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "status", "", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "nothing", Reader, HttpStatusCode.NotFound)]
    public async Task Request_OverTcp_NeedsTheScope(string method, string path, string token, HttpStatusCode expected)
    {
        await using var api = await StartAsync();
        api.Store.Add();

        var response = await SendAsync(api, method, path, "Bearer " + token);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK && method == "POST" ? 1 : 0, api.Store.Actions.Count);
    }

    [Theory]
    [InlineData(null, "Bearer realm=\"outreach-relay\"")]
    [InlineData("Basic b3BzOng=", "Bearer realm=\"outreach-relay\"")]
    [InlineData("Bearer wrong", "Bearer realm=\"outreach-relay\", error=\"invalid_token\"")]
    public async Task Request_WithoutAGoodToken_IsChallengedInProblemDetails(string? authorization, string challenge)
    {
        await using var api = await StartAsync();

        var response = await SendAsync(api, "GET", "status", authorization);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(challenge, response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("wrong", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_WithoutTheScope_IsToldWhichInProblemDetails()
    {
        await using var api = await StartAsync();

        var response = await SendAsync(api, "POST", "queue/hold", "Bearer " + Reader);

        Assert.Equal("Bearer realm=\"outreach-relay\", error=\"insufficient_scope\", scope=\"operate\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Contains("scope operate", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task O25_ActionByToken_IsKeptUnderItsName()
    {
        await using var api = await StartAsync();
        var entry = api.Store.Add();

        await SendAsync(api, "POST", "queue/hold", "bearer " + Operator, $$"""{"ids":["{{QueueId.Format(entry.Id)}}"]}""");

        Assert.Equal("deploy", Assert.Single(api.Store.Actions).Who);
    }

    [Fact]
    public async Task Request_TokenRemovedByAReload_IsRefused()
    {
        await using var api = await StartAsync();
        api.State.Replace(api.State.Model with { Http = api.State.Model.Http with { Tokens = [Token("deploy", Operator, ApiScopes.Operate)] } });

        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(api, "GET", "status", "Bearer " + Reader)).StatusCode);
    }

    [Fact]
    public async Task Request_OverSocket_NeedsNoToken()
    {
        await using var api = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await api.Socket.GetAsync("status")).StatusCode);
    }

    private static async Task<Api> StartAsync()
    {
        var api = await Api.StartAsync();
        var http = api.State.Model.Http with { Tokens = [Token("watch", Reader, ApiScopes.Read), Token("deploy", Operator, ApiScopes.Operate)] };
        api.State.Replace(api.State.Model with { Http = http });
        return api;
    }

    private static ApiTokenModel Token(string name, string secret, ApiScopes scopes) => new(name, scopes, ApiTokenModel.DigestOf(secret));

    private static Task<HttpResponseMessage> SendAsync(Api api, string method, string path, string? authorization, string body = """{"all":true}""")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "/api/v1/" + path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (method == "POST")
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return api.Tcp.SendAsync(request);
    }
}
