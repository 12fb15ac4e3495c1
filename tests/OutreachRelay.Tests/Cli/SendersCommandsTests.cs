using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class SendersCommandsTests
{
    [Fact]
    public async Task List_Piped_IsOneLineASender()
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example", dailyLimit: 30), Models.Sender("bob@y.example"));
        api.Rotation.Ledger.Publish([new(new(CounterScope.Sender, "ann@x.example", new(2026, 1, 31)), 12), new(new(CounterScope.Sent, "ann@x.example", new(2026, 1, 31)), 7)]);
        var shell = new Shell(api.SocketPath);
        await new Shell(api.SocketPath).RunAsync("senders", "pause", "y.example", "--reason", "moving\u001b[2J");

        Assert.Equal(0, await shell.RunAsync("senders", "list"));

        var lines = shell.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^address +pool +status +used +sent +next +reason", lines[0]);
        Assert.Matches("^ann@x.example +pool +healthy +12/30 +7 +now", lines[1]);
        Assert.Matches(@"^bob@y.example +pool +paused +0/50 +0 +paused +its domain y.example: paused by .*: moving\\x1b\[2J", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task List_Json_IsAnArrayOverAllPages()
    {
        await using var api = await StartAsync([.. Enumerable.Range(0, 1001).Select(n => Models.Sender($"s{n}@x.example"))]);
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("senders", "list", "--json"));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(1001, json.RootElement.EnumerateArray().Select(sender => sender.GetProperty("address").GetString()).Distinct().Count());
        Assert.Equal("open", json.RootElement[0].GetProperty("gate").GetString());
        Assert.Equal("acme", json.RootElement[0].GetProperty("clients")[0].GetString());
    }

    [Theory]
    [InlineData("--status", "paused", "bob@x.example")]
    [InlineData("--status", "healthy", "ann@x.example")]
    [InlineData("--status", "trial", "")]
    [InlineData("--client", "acme", "ann@x.example,bob@x.example")]
    [InlineData("--pool", "pool", "ann@x.example,bob@x.example")]
    public async Task List_Filter_ShowsWhatItMeans(string option, string value, string expected)
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example"), Models.Sender("bob@x.example"));
        await new Shell(api.SocketPath).RunAsync("senders", "pause", "bob@x.example", "--reason", "on leave");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("senders", "list", "--json", option, value));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(expected, string.Join(',', json.RootElement.EnumerateArray().Select(sender => sender.GetProperty("address").GetString())));
    }

    [Theory]
    [InlineData(64, "senders", "list", "--status", "well")]
    [InlineData(64, "senders", "list", "--client", "nobody")]
    [InlineData(64, "senders", "list", "--pool", "none")]
    [InlineData(65, "senders", "show", "eve@x.example")]
    [InlineData(65, "senders", "show", "x.example")]
    [InlineData(64, "senders", "pause", "ann@x.example")]
    [InlineData(64, "senders", "pause", "ann@x.example", "--reason", " ")]
    [InlineData(64, "senders", "pause", "ann@x.example", "--reason", "why", "--for", "soon")]
    [InlineData(65, "senders", "pause", "eve@x.example", "--reason", "why")]
    [InlineData(65, "senders", "pause", "not an address", "--reason", "why")]
    [InlineData(65, "senders", "resume", "y.example")]
    public async Task Command_WhatIsNotThere_SaysSo(int code, params string[] args)
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example"));
        var shell = new Shell(api.SocketPath);

        Assert.Equal(code, await shell.RunAsync(args));
        Assert.NotEqual("", shell.Error.ToString());
        Assert.Empty(api.Store.Conditions);
    }

    [Fact]
    public async Task PauseThenResume_Address_IsKeptAndShown()
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example"));
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("senders", "pause", "Ann@X.example", "--reason", "on leave", "--for", "2h"));
        var pause = api.Store.Conditions["ann@x.example"].Operator!;
        Assert.Equal((Api.Now.AddHours(2), "on leave"), (pause.Until, pause.Reason));
        Assert.Equal(0, await shell.RunAsync("senders", "resume", "ann@x.example"));
        Assert.Null(api.Store.Conditions["ann@x.example"].Operator);

        Assert.Equal("ann@x.example  paused\nann@x.example  resumed\n", shell.Output.ToString());
        Assert.Equal(2, api.QueueChanges);
    }

    [Fact]
    public async Task Pause_StoreTakesNothing_Is75AndSaysWhatHolds()
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example"));
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "disk full");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(75, await shell.RunAsync("senders", "pause", "ann@x.example", "--reason", "why"));
        Assert.Contains("ann@x.example  paused, but not on disk yet", shell.Output.ToString());
    }

    [Fact]
    public async Task Show_PausedSender_TellsLimitsWaitingMailAndOutcomes()
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example", dailyLimit: 30) with
        {
            Warmup = new WarmupModel(5, 2, new DateOnly(2026, 1, 29), 30),
        });
        var today = new DateOnly(2026, 1, 31);
        api.Rotation.Ledger.Publish([new(new(CounterScope.Outcomes, "ann@x.example", today), 20), new(new(CounterScope.BadOutcomes, "ann@x.example", today), 3)]);
        await new Shell(api.SocketPath).RunAsync("senders", "pause", "ann@x.example", "--reason", "on leave");
        var waiting = api.Store.Add();
        api.Store.Entries[waiting.Id] = waiting with { Client = "acme", Direction = "cold", Sender = "ann@x.example", UnitDate = today, Rank = EntryRank.First };
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("senders", "show", "ann@x.example"));

        var text = shell.Output.ToString();
        Assert.Matches("status     paused: paused by .*: on leave\n", text);
        Assert.Contains("today      2026-01-31 in UTC: 0 of 9 used, 0 sent\n", text);
        Assert.Contains("limit      30 a day, day 3 of its warm-up, weight 1\n", text);
        Assert.Contains("waiting    1 of today for acme, direction cold\n", text);
        Assert.Matches("2026-01-31 +20 +3 +0", text);
        Assert.Matches("2026-01-25 +0 +0 +0", text);
    }

    [Fact]
    public async Task Show_Json_HasTheHistory()
    {
        await using var api = await StartAsync(Models.Sender("ann@x.example"));
        await new Shell(api.SocketPath).RunAsync("senders", "pause", "ann@x.example", "--reason", "on leave");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("senders", "show", "ann@x.example", "--json"));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        var condition = json.RootElement.GetProperty("condition");
        Assert.Equal("healthy", condition.GetProperty("status").GetString());
        Assert.Equal("on leave", condition.GetProperty("operator_pause").GetProperty("reason").GetString());
        Assert.Equal(7, json.RootElement.GetProperty("days").GetArrayLength());
    }

    private static async Task<Api> StartAsync(params SenderModel[] senders)
    {
        var api = await Api.StartAsync();
        api.State.Replace(Models.Relay(senders) with { AdminSocket = api.SocketPath });
        return api;
    }
}
