using System.Text.Json;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Rotate;

/// <summary>A list of addresses of which most do not exist.</summary>
public sealed class BadListTests
{
    private const int Mails = 150;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task L27_ListThatBounces_HoldsTheDirectionInsteadOfItsSenders()
    {
        var isBad = true;
        await using var sink = new SinkServer { OnRecipient = _ => isBad ? new SinkAction.Reply("550 5.1.1 no such user") : null };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 2")],
            Senders = [.. Enumerable.Range(1, 30).Select(i => $"sender{i}@domain{i % 10}.example")],
        });

        for (var i = 0; i < Mails; i++)
            await relay.SubmitAsync(TestMessage.Create($"list{i}"));

        await Wait.UntilAsync(async () => (await HoldsAsync(relay)).Count == 1, Deadline, () => $"nothing is held:\n{relay.Log}");
        var hold = (await HoldsAsync(relay))[0];
        Assert.Equal(("crm", "cold", "sender health"), (Text(hold, "client"), Text(hold, "direction"), Text(hold, "who")));
        Assert.Matches("^[0-9]+ of 1[0-9][0-9] bounced or were blocked in 7 days, limit 10 %$", Text(hold, "reason"));
        Assert.All((await relay.JsonAsync("senders", "list")).EnumerateArray(), sender => Assert.Equal("healthy", Text(sender, "status")));
        await Wait.UntilAsync(
            async () => (await relay.RunAsync("status")).StandardOutput.Contains("the mail of direction crm/cold is held until"), Deadline, () => "no alert");

        // What had not left by then does so when somebody has looked at the list.
        isBad = false;
        var waiting = (await relay.JsonAsync("queue", "list", "--state", "queued")).GetArrayLength();
        Assert.InRange(waiting, 1, Mails - 100);
        Assert.Equal(0, (await relay.RunAsync("queue", "release", "--client", "crm", "--direction", "cold")).ExitCode);
        await relay.UntilIdleAsync();
        Assert.Equal(waiting, sink.Messages.Count);
    }

    private static async Task<List<JsonElement>> HoldsAsync(RelayProcess relay) => [.. (await relay.JsonAsync("queue", "holds")).EnumerateArray()];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
