using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class AdminCommandsTests
{
    private const string Hostile = "550 [red]no[/]\r\n\u001b[2J <jane@example.org>";

    [Fact]
    public async Task Status_RelayRuns_ShowsItInWords()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add();
        api.State.Refuse("relay.toml:3:1: unknown key");
        api.Alerts.Raise(AlertName.UpstreamDown, "sendgrid", "upstream sendgrid takes no mail: 421 \u001b[31mbusy");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("status"));

        var text = shell.Output.ToString();
        Assert.Contains("OutreachRelay 0.1.0, up 3 h\nready\n", text);
        Assert.Contains("1 queued (oldest 1 h)", text);
        Assert.Contains("reload refused 3 h ago: relay.toml:3:1: unknown key", text);
        Assert.Matches(@"sendgrid +1 +half_open +2 m ago +4 of 3 +40 of 40 +1234 of 50000 +0\.12 of 20 +1\.5 now +421 \\x1b\[31mbusy", text);
        Assert.Matches(@"upstream_down +warning +2 m ago +upstream sendgrid takes no mail: 421 \\x1b\[31mbusy", text);
    }

    [Fact]
    public async Task QueueList_Piped_IsPlainAndOneLineAnEntry()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(reply: Hostile + new string('x', 300));
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("queue", "list"));

        var lines = shell.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains(QueueId.Format(entry.Id), lines[1]);
        Assert.Contains("in 3 m", lines[1]);
        Assert.Contains(@"550 [red]no[/]\r\n\x1b[2J <jane@example.org>", lines[1]);
        Assert.DoesNotContain('\u001b', shell.Output.ToString());
    }

    [Fact]
    public async Task QueueList_Json_IsAnArrayOverAllPages()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 501; i++)
            api.Store.Add();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("queue", "list", "--json"));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(501, json.RootElement.GetArrayLength());
        var first = json.RootElement[0].EnumerateObject().Select(property => property.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "id", "recipient", "sender", "state", "due", "attempts", "last_reply" }, first);
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("dead")]
    public async Task List_Empty_IsAnEmptyArray(string queue)
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync(queue, "list", "--json"));
        Assert.Equal("[]\n", shell.Output.ToString());
    }

    [Fact]
    public async Task QueueList_WithLimit_StopsThere()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 5; i++)
            api.Store.Add();
        var shell = new Shell(api.SocketPath);

        await shell.RunAsync("queue", "list", "--json", "--limit", "3");

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(3, json.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task QueueShow_Entry_ShowsItsAttempts()
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(reply: Hostile);
        api.Store.Attempts[entry.Id] = [new AttemptRecord(1, "sendgrid", "main", "c1", Api.Now, Api.Now.AddSeconds(9), AttemptStage.Rcpt, 550, Hostile)];
        api.Store.Events[entry.Id] = [new StoreEvent(Api.Now, StoreEventKind.Hold, "ann", "asked\u001b to")];
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("queue", "show", QueueId.Format(entry.Id)));

        Assert.Matches(@"1 +2026-01-31 12:00:00Z +9 s +sendgrid +rcpt +550 \[red\]no", shell.Output.ToString());
        Assert.Contains(@"2026-01-31 12:00:00Z  hold by ann: asked\x1b to", shell.Output.ToString());
        Assert.DoesNotContain('\u001b', shell.Output.ToString());
    }

    [Theory]
    [InlineData(true, "state      dead (sendgrid may have taken it)\n")]
    [InlineData(false, "state      dead\n")]
    public async Task DeadShow_Entry_TellsWhetherItMayHaveBeenSent(bool maybeSent, string line)
    {
        await using var api = await Api.StartAsync();
        var entry = api.Store.Add(EntryState.Dead);
        api.Store.Entries[entry.Id] = entry with { MaybeSent = maybeSent };
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("dead", "show", QueueId.Format(entry.Id)));

        Assert.Contains(line, shell.Output.ToString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0000000000zzz")]
    public async Task QueueShow_NoSuchEntry_Is65(string id)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(65, await new Shell(api.SocketPath).RunAsync("queue", "show", id));
    }

    [Fact]
    public async Task QueueHold_OneDoneOneUnknown_SaysBothAndIs65()
    {
        await using var api = await Api.StartAsync();
        var entry = QueueId.Format(api.Store.Add().Id);
        var shell = new Shell(api.SocketPath);

        Assert.Equal(65, await shell.RunAsync("queue", "hold", entry, "0000000000zzz", "--reason", "why"));
        Assert.Equal($"{entry}  done (now held)\n0000000000zzz  unknown\n1 of 2 done\n", shell.Output.ToString());
        Assert.Equal("why", api.Store.Actions[0].Reason);
    }

    [Fact]
    public async Task QueueRetry_All_ReachesEveryPage()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 1001; i++)
            api.Store.Add();

        Assert.Equal(0, await new Shell(api.SocketPath).RunAsync("queue", "retry", "--all"));
        Assert.Equal(1001, api.Store.Actions.Sum(action => action.Ids.Length));
    }

    [Fact]
    public async Task DeadRequeue_StoreFailing_Is75()
    {
        await using var api = await Api.StartAsync();
        api.Store.Add(EntryState.Dead);
        api.Store.Health = new StoreHealth(StoreStatus.Failing, "a write failed");

        Assert.Equal(75, await new Shell(api.SocketPath).RunAsync("dead", "requeue", "--all"));
    }

    [Fact]
    public async Task Status_ConfigurationHasErrors_StillFindsTheSocketBesideIt()
    {
        await using var api = await Api.StartAsync();
        var file = Path.Combine(api.Folder, "relay.toml");
        await File.WriteAllTextAsync(file, "[relay]\ndata_dir = '.' # here\nbroken = \n");
        var shell = new Shell("") { Problems = [new ConfigurationProblem(ProblemSeverity.Error, file, 3, 1, "", "broken")] };

        Assert.Equal(0, await shell.RunAsync("status", "--config", file));
        Assert.Contains("has errors", shell.Error.ToString());
    }

    [Fact]
    public async Task Status_SocketGiven_NeedsNoConfiguration()
    {
        await using var api = await Api.StartAsync();
        var shell = new Shell("") { Problems = [new ConfigurationProblem(ProblemSeverity.Error, "relay.toml", 1, 1, "", "broken")] };

        Assert.Equal(0, await shell.RunAsync("status", "--json", "--socket", api.SocketPath));
        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(1, json.RootElement.GetProperty("senders").GetInt32());
    }
}
