using System.Text.Json;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class ForecastCommandTests
{
    [Fact]
    public async Task Forecast_MoreThanTheSendersTake_NamesTheFirstLimitToBite()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("forecast", "--days", "2", "--per-day", "60"));

        var text = shell.Output.ToString();
        Assert.Matches(@"Sat 2026-01-31 +pool +50 +0 +50 +0 +10 +0 +senders of pool, daily_limit 50 together", text);
        Assert.Matches(@"Sun 2026-02-01 +pool +50 +0 +50 +0 +20 +0 ", text);
        Assert.EndsWith("first limit to bite: Sat 2026-01-31: senders of pool, daily_limit 50 together; 10 mails of pool pool left waiting\n", text);
    }

    [Fact]
    public async Task Forecast_Queue_IsCountedOverAllPages()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 1001; i++)
        {
            var entry = api.Store.Add(client: "acme");
            api.Store.Entries[entry.Id] = entry with { Direction = "cold", Sender = null, Rank = EntryRank.First, ExpiresAt = Api.Now.AddDays(1) };
        }
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("forecast", "--json", "--days", "3", "--pool", "pool"));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(["2026-01-31", "2026-02-01", "2026-02-02"], json.RootElement.EnumerateArray().Select(day => day.GetProperty("date").GetString()));
        var pools = json.RootElement.EnumerateArray().Select(day => day.GetProperty("pools")[0]).ToList();
        Assert.Equal([951, 901, 0], pools.Select(pool => pool.GetProperty("waiting").GetInt32()));
        Assert.Equal([0, 0, 901], pools.Select(pool => pool.GetProperty("expired").GetInt32()));
        Assert.Equal("sender_daily_limit", pools[0].GetProperty("limit").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Forecast_NothingWaits_SaysSo()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("forecast"));

        Assert.EndsWith("no limit keeps mail waiting in these days\n", shell.Output.ToString());
    }

    [Theory]
    [InlineData(65, "--pool", "none")]
    [InlineData(64, "--days", "0")]
    [InlineData(64, "--days", "many")]
    [InlineData(64, "--per-day", "-1")]
    public async Task Forecast_WrongOption_IsRefused(int expected, string option, string value)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(expected, await new Shell(api.SocketPath).RunAsync("forecast", option, value));
    }
}
