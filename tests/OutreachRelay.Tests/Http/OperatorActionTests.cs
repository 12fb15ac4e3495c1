using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Http;

public sealed class OperatorActionTests
{
    [Theory]
    [InlineData("queue/retry", EntryState.Queued, "done")]
    [InlineData("queue/retry", EntryState.InDoubt, "done")]
    [InlineData("queue/retry", EntryState.Held, "wrong_state")]
    [InlineData("queue/hold", EntryState.Queued, "done")]
    [InlineData("queue/release", EntryState.Held, "done")]
    [InlineData("queue/release", EntryState.Queued, "wrong_state")]
    [InlineData("queue/drop", EntryState.Leased, "leased")]
    [InlineData("queue/drop", EntryState.Relayed, "finished")]
    [InlineData("dead/requeue", EntryState.Dead, "done")]
    [InlineData("dead/requeue", EntryState.Queued, "wrong_state")]
    [InlineData("dead/drop", EntryState.Dead, "done")]
    [InlineData("dead/drop", EntryState.Queued, "wrong_state")]
    public async Task O25_ActionOnEntry_HasItsAnswer(string path, EntryState state, string outcome)
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(state);

        var result = Assert.Single(await PostAsync(api, path, $$"""{"ids":["{{QueueId.Format(entry.Id)}}"],"reason":"test"}"""));

        Assert.Equal(outcome, result.GetProperty("outcome").GetString());
        Assert.Equal(outcome == "done" ? 1 : 0, api.QueueChanges);
    }

    [Fact]
    public async Task O25_UnknownAndMalformedIds_AreUnknown()
    {
        await using var api = await Api.StartAsync();

        var results = await PostAsync(api, "queue/drop", """{"ids":["0000000000zzz","nonsense","nonsense",null]}""");

        Assert.Equal(3, results.Count);
        Assert.All(results, result => Assert.Equal("unknown", result.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task Action_StoreFailing_IsUnavailable()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add();
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "a write failed");

        var result = Assert.Single(await PostAsync(api, "queue/hold", $$"""{"ids":["{{QueueId.Format(entry.Id)}}"]}"""));

        Assert.Equal("unavailable", result.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task O25_Action_IsKeptWithWhoAndWhy()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add();

        await PostAsync(api, "queue/hold", $$"""{"ids":["{{QueueId.Format(entry.Id)}}"],"reason":"two\nlines"}""");

        var action = Assert.Single(api.Store.Actions);
        Assert.Equal(Environment.UserName, action.Who);
        Assert.Equal("two\\nlines", action.Reason);
    }

    [Fact]
    public async Task Requeue_GivesAFreshExpiry()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add(EntryState.Dead);

        await PostAsync(api, "dead/requeue", """{"all":true}""");

        Assert.Equal(Api.Now.AddDays(3), Assert.Single(api.Store.Actions).ExpiresAt);
    }

    [Fact]
    public async Task Filter_DropOfAClient_LeavesOthersAndDeadLetters()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add(client: "other");
        var mine = api.Store.Add();
        api.Store.Add(EntryState.Dead);

        var result = Assert.Single(await PostAsync(api, "queue/drop", """{"client":"crm"}"""));

        Assert.Equal(QueueId.Format(mine.Id), result.GetProperty("id").GetString());
        Assert.Equal("dropped", result.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Filter_MoreThanAPage_GoesOnBehindIt()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 1001; i++)
            api.Store.Add();

        var response = await AdminApiTests.PostAsync(api, "queue/hold", """{"all":true}""");
        var next = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("next").GetString();
        var rest = await PostAsync(api, "queue/hold", $$"""{"all":true,"after":"{{next}}"}""");

        Assert.Single(rest);
        Assert.All(api.Store.Entries.Values, entry => Assert.Equal(EntryState.Held, entry.State));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1")]
    [InlineData("""{"ids":[]}""")]
    [InlineData("""{"ids":["0000000000001"],"all":true}""")]
    [InlineData("""{"all":true,"clients":"crm"}""")]
    public async Task Body_NotUnderstood_ChangesNothing(string body)
    {
        await using var api = await Api.StartAsync();
        api.Store.Add();

        var response = await AdminApiTests.PostAsync(api, "queue/drop", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(api.Store.Actions);
    }

    [Fact]
    public async Task Body_TooLong_IsRefused()
    {
        await using var api = await Api.StartAsync();

        var response = await AdminApiTests.PostAsync(api, "queue/drop", $$"""{"all":true,"reason":"{{new string('x', 70_000)}}"}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    private static async Task<List<JsonElement>> PostAsync(Api api, string path, string body)
    {
        var response = await AdminApiTests.PostAsync(api, path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("results").EnumerateArray()];
    }
}
