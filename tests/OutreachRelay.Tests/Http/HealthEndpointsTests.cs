using System.Net;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Http;

public sealed class HealthEndpointsTests
{
    [Fact]
    public async Task Healthz_StoreFailing_StaysOk()
    {
        await using var api = await Api.StartAsync();
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "a write failed");

        Assert.Equal(HttpStatusCode.OK, (await api.Tcp.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task Readyz_Ready_ShowsUpstreams()
    {
        await using var api = await Api.StartAsync();

        using var body = JsonDocument.Parse(await api.Tcp.GetStringAsync("/readyz"));

        Assert.True(body.RootElement.GetProperty("ready").GetBoolean());
        Assert.Equal("half_open", body.RootElement.GetProperty("upstreams")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task O18_ReadyzWhileStoreFails_Says503AndWhy()
    {
        await using var api = await Api.StartAsync();
        api.Store.Health = new StoreHealth(StoreStatus.DiskNearlyFull, "the disk is nearly full");

        var response = await api.Tcp.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"ready\":false,\"reason\":\"the disk is nearly full\"", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readyz_Draining_Is503()
    {
        await using var api = await Api.StartAsync();
        api.State.IsDraining = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.Tcp.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task Metrics_Asked_AreTextOfFormat004()
    {
        await using var api = await Api.StartAsync();
        api.Meter.CreateCounter<long>("outreach_things", null, "Things.").Add(3);

        var response = await api.Tcp.GetAsync("/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("# TYPE outreach_things_total counter\noutreach_things_total 3\n", await response.Content.ReadAsStringAsync());
    }
}
