using System.Net;
using OutreachRelay.Http;

namespace OutreachRelay.Tests.Http;

/// <summary>Which listener serves what.</summary>
public sealed class ListenerRuleTests
{
    [Theory]
    [InlineData("/u/abc", true)]
    [InlineData("/U/abc", true)]
    [InlineData("/webhooks/sendgrid", true)]
    [InlineData("/", false)]
    [InlineData("/metrics", false)]
    [InlineData("/healthz", false)]
    [InlineData("/readyz", false)]
    [InlineData("/api/v1/status", false)]
    [InlineData("/unlisted", false)]
    [InlineData("/u/../api/v1/status", true)]
    [InlineData("//u/abc", false)]
    [InlineData("/webhooksx/y", false)]
    public void Serves_Path_IsOnExactlyOneSide(string path, bool forStrangers)
    {
        Assert.Equal(forStrangers, ListenerRule.Serves(HttpSide.Strangers, path));
        Assert.Equal(!forStrangers, ListenerRule.Serves(HttpSide.Operators, path));
        Assert.True(ListenerRule.Serves(HttpSide.Both, path));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/api/v1/status")]
    [InlineData("/api/v1/queue")]
    [InlineData("/")]
    [InlineData("/u/../metrics")]
    [InlineData("/%75/%2e%2e/metrics")]
    [InlineData("/u/abc")]
    [InlineData("/webhooks/sendgrid")]
    public async Task Request_ToTheStrangersSide_IsNotFound(string path)
    {
        await using var api = await Api.StartAsync(HttpSide.Strangers);

        Assert.Equal(HttpStatusCode.NotFound, (await api.Tcp.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Request_ToTheOperatorsSide_IsServed()
    {
        await using var api = await Api.StartAsync(HttpSide.Operators);

        Assert.Equal(HttpStatusCode.OK, (await api.Tcp.GetAsync("/metrics")).StatusCode);
    }
}
