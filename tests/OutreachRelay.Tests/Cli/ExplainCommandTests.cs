using System.Text.Json;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Cli;

public sealed class ExplainCommandTests
{
    private const string Hostile = "451 [red]no[/]\r\n\u001b[2J";

    [Fact]
    public async Task L39_Explain_Deferred_IsToldInWordsAndEscaped()
    {
        await using var api = await Api.StartAsync();
        var id = Add(api, reply: Hostile).Id;
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("explain", QueueId.Format(id)));

        var text = shell.Output.ToString();
        Assert.Contains(@"waits for  retry until 2026-01-31 12:03:20Z at the earliest: after 2 attempts; the last ended with: 451 [red]no[/]\r\n\x1b[2J", text);
        Assert.Contains("earliest   2026-01-31 12:03:20Z (in 3 m)\n", text);
        Assert.Contains("sender     ann@example.com: chosen at acceptance", text);
        Assert.Contains("upstream   a (tier 1) would take it\n", text);
        Assert.Contains("if a first mail of acme/cold came now:\n  1 sender could send it\n", text);
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public async Task L39_Explain_Message_ExplainsEachEntryInJson()
    {
        await using var api = await Api.StartAsync();
        var first = Add(api, reply: "451 later");
        Add(api, message: first.Id, state: EntryState.Held);
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("explain", "--json", QueueId.Format(first.Id)));

        using var json = JsonDocument.Parse(shell.Output.ToString());
        Assert.Equal(["retry", "operator"], json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("waits_for")[0].GetProperty("kind").GetString()));
        Assert.Equal("2026-01-31T12:03:20+00:00", json.RootElement[0].GetProperty("earliest").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement[1].GetProperty("earliest").ValueKind);
        Assert.Equal("none", json.RootElement[0].GetProperty("upstreams")[0].GetProperty("obstacle").GetString());
    }

    [Fact]
    public async Task Explain_SendersThatFailPreflight_AreCountedAsSuch()
    {
        await using var api = await Api.StartAsync();
        var id = Add(api).Id;
        lock (api.Rotation.Ledger.Gate)
            api.Rotation.Ledger.Senders.Get("ann@example.com", "example.com").Bar = new PreflightBar(Api.Now, "no key is published");
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("explain", QueueId.Format(id)));

        Assert.EndsWith("came now:\n  1 sender failing preflight at the direction's upstreams\n", shell.Output.ToString());
    }

    [Fact]
    public async Task Explain_Finished_SaysSo()
    {
        await using var api = await Api.StartAsync();
        var id = Add(api, state: EntryState.Relayed).Id;
        var shell = new Shell(api.SocketPath);

        Assert.Equal(0, await shell.RunAsync("explain", QueueId.Format(id)));

        Assert.EndsWith("waits for  finished\n", shell.Output.ToString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0000000000zzz")]
    public async Task Explain_NoSuchEntry_Is65(string id)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(65, await new Shell(api.SocketPath).RunAsync("explain", id));
    }

    // The model's client and direction have other names than the store's usual entries.
    private static QueueEntry Add(Api api, string? reply = null, long? message = null, EntryState state = EntryState.Queued)
    {
        var entry = api.Store.Add(state, client: "acme", reply: reply, message: message);
        return api.Store.Entries[entry.Id] = entry with { Direction = "cold", UnitDate = new DateOnly(2026, 1, 31) };
    }
}
