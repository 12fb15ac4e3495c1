using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Http;

public sealed class AdminApiTests
{
    [Theory]
    [InlineData("GET", "status")]
    [InlineData("GET", "queue")]
    [InlineData("GET", "dead")]
    [InlineData("POST", "queue/drop")]
    public async Task Request_OverTcp_IsNotFound(string method, string path)
    {
        await using var api = await Api.StartAsync();

        var response = await api.Tcp.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/api/v1/" + path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(api.Store.Actions);
    }

    [Fact]
    public async Task Status_OverSocket_ShowsStoreAndQueue()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add();
        api.Store.Add(EntryState.Dead);
        api.State.Refuse("relay.toml:3:1: unknown key");

        var status = await GetAsync(api, "status");

        Assert.True(status.GetProperty("ready").GetBoolean());
        Assert.Equal("ready", status.GetProperty("store").GetProperty("status").GetString());
        Assert.Equal(1, status.GetProperty("queue").GetProperty("queued").GetInt64());
        Assert.Equal(5400, status.GetProperty("oldest").GetProperty("dead").GetInt64());
        Assert.Equal(JsonValueKind.Null, status.GetProperty("oldest").GetProperty("in_doubt").ValueKind);
        Assert.False(status.GetProperty("last_reload").GetProperty("success").GetBoolean());
    }

    [Fact]
    public async Task Status_AlertActive_ShowsIt()
    {
        await using var api = await Api.StartAsync();
        api.Alerts.Raise(AlertName.DirectionDown, "acme/cold", "no upstream takes mail");

        var alert = Assert.Single((await GetAsync(api, "status")).GetProperty("alerts").EnumerateArray());

        Assert.Equal("direction_down", alert.GetProperty("alert").GetString());
        Assert.Equal("acme/cold", alert.GetProperty("subject").GetString());
        Assert.Equal("critical", alert.GetProperty("severity").GetString());
        Assert.Equal("no upstream takes mail", alert.GetProperty("text").GetString());
        Assert.Equal(Api.Now.AddMinutes(-2), alert.GetProperty("since").GetDateTimeOffset());
    }

    [Fact]
    public async Task List_WithLimit_PagesToTheEnd()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 5; i++)
            api.Store.Add();

        var first = await GetAsync(api, "queue?limit=3");
        var second = await GetAsync(api, "queue?limit=3&after=" + first.GetProperty("next").GetString());

        Assert.Equal(3, first.GetProperty("entries").GetArrayLength());
        Assert.Equal(2, second.GetProperty("entries").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task List_WithFilter_ShowsOnlyThose()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add(EntryState.Held, "other");
        var wanted = api.Store.Add(EntryState.InDoubt);
        api.Store.Add();

        var page = await GetAsync(api, "queue?state=in_doubt,held&client=crm");

        var entry = Assert.Single(page.GetProperty("entries").EnumerateArray());
        Assert.Equal(QueueId.Format(wanted.Id), entry.GetProperty("id").GetString());
        Assert.Equal("in_doubt", entry.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("queue?limit=0")]
    [InlineData("queue?limit=1001")]
    [InlineData("queue?limit=x")]
    [InlineData("queue?state=lost")]
    [InlineData("queue?after=1")]
    public async Task List_BadParameter_IsProblem(string path)
    {
        await using var api = await Api.StartAsync();

        var response = await api.Socket.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task List_StoreThrows_IsProblemWithoutTheCause()
    {
        await using var api = await Api.StartAsync();
        api.Store.ReadFailure = new IOException("/secret/path");

        var response = await api.Socket.GetAsync("queue");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Show_Entry_HasAttemptsAndTheRestOfItsMessage()
    {
        await using var api = await Api.StartAsync();
        var first = api.Store.Add(EntryState.Relayed);
        var second = api.Store.Add(message: first.Id);
        api.Store.Attempts[second.Id] =
            [new AttemptRecord(1, "sendgrid", "main", "c1", Api.Now, Api.Now.AddSeconds(1), AttemptStage.FinalDot, 451, "451 4.7.1 later")];
        api.Store.Events[second.Id] = [new StoreEvent(Api.Now, StoreEventKind.InDoubt, "relay", "")];

        var detail = await GetAsync(api, "queue/" + QueueId.Format(second.Id));

        Assert.Equal(QueueId.Format(second.Id), detail.GetProperty("id").GetString());
        Assert.Equal("final_dot", detail.GetProperty("history")[0].GetProperty("stage").GetString());
        Assert.Equal("in_doubt", detail.GetProperty("events")[0].GetProperty("kind").GetString());
        Assert.Equal("relayed", detail.GetProperty("others")[0].GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0000000000zzz")]
    public async Task Show_NoSuchEntry_IsNotFound(string id)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await api.Socket.GetAsync("queue/" + id)).StatusCode);
    }

    internal static async Task<JsonElement> GetAsync(Api api, string path)
    {
        var response = await api.Socket.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    internal static Task<HttpResponseMessage> PostAsync(Api api, string path, string body) =>
        api.Socket.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
}
