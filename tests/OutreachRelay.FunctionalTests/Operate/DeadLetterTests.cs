using System.Text.Json;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>What an operator does after a night on which an upstream refused everything.</summary>
public sealed class DeadLetterTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly string[] Messages = ["one", "two", "three"];

    [Fact]
    public async Task S26_ThreeDeadLettersOfAnUpstream_AreListedExportedRequeuedAndArriveOnce()
    {
        var refuses = true;
        await using var sink = new SinkServer { OnRecipient = _ => refuses ? new SinkAction.Reply("450 4.2.0 mailbox busy") : null };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)], Retry = """["1s"]""" });
        using var export = new TemporaryDirectory();
        var ids = new List<string>();
        foreach (var message in Messages)
            ids.Add(await relay.SubmitAsync(TestMessage.Create(message)));
        foreach (var id in ids)
            await relay.UntilStateAsync(id, "dead");

        var listed = await relay.JsonAsync("dead", "list", "--upstream", "sink", "--code", "4", "--stage", "rcpt");
        Assert.Equal(ids, listed.EnumerateArray().Select(entry => entry.GetProperty("id").GetString()));
        Assert.Empty((await relay.JsonAsync("dead", "list", "--code", "5")).EnumerateArray());
        var shown = await relay.RunAsync("dead", "show", ids[0]);
        Assert.Equal(2, shown.StandardOutput.Split('\n').Count(line => line.Contains("450 4.2.0 mailbox busy") && line.Contains("rcpt")));

        Assert.Equal(0, (await relay.RunAsync("dead", "export", "--upstream", "sink", export.Path)).ExitCode);
        foreach (var (id, message) in ids.Zip(Messages))
        {
            var original = await File.ReadAllBytesAsync(export.Combine(id + ".eml"));
            Assert.Equal(TestMessage.Create(message).Content, original);
            var detail = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(export.Combine(id + ".json")));
            Assert.Equal(2, detail.GetProperty("history").GetArrayLength());
        }

        refuses = false;
        var requeued = await relay.RunAsync("dead", "requeue", "--upstream", "sink", "--reason", "it is mended");
        Assert.Equal("3 of 3 done", requeued.StandardOutput.Trim());
        foreach (var id in ids)
            await relay.UntilStateAsync(id, "relayed");
        Assert.All(Messages, message => Assert.Equal(1, sink.CountOf(message)));
        Assert.Empty((await relay.JsonAsync("dead", "list")).EnumerateArray());
    }

    [Fact]
    public async Task Hold_OfAClient_LastsOverAKillAndEndsWithItsRelease()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        Assert.Equal(0, (await relay.RunAsync("queue", "hold", "--client", "crm", "--reason", "a complaint")).ExitCode);
        await relay.SubmitAsync(TestMessage.Create("before"));
        await relay.KillAsync();

        await relay.StartAsync();
        var id = await relay.SubmitAsync(TestMessage.Create("after"));

        Assert.Contains(": a complaint (client crm)", (await relay.RunAsync("explain", id)).StandardOutput);
        Assert.Matches("client crm +[0-9]+ [sm] ago +released +.*a complaint", (await relay.RunAsync("status")).StandardOutput);
        Assert.Empty(sink.Messages);

        Assert.Equal(0, (await relay.RunAsync("queue", "release", "--client", "crm")).ExitCode);
        await Wait.UntilAsync(() => sink.CountOf("before") == 1 && sink.CountOf("after") == 1, Deadline, () => $"still held:\n{relay.Log}");
        Assert.Equal(65, (await relay.RunAsync("queue", "release", "--client", "crm")).ExitCode);
    }
}
