using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Every upstream is away while a whole campaign arrives.</summary>
[Collection(HeavyCollection.Name)]
public sealed class LongOutageTests
{
    private const int Connections = 4;
    private const int Messages = 1000;
    private const int Recipients = 100;

    // In MiB: a kilobyte for each. What is seen is caches and garbage, and grows no more with a million.
    private const long MostMemory = 100;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task S41_HundredThousandEntriesArrive_WaitInTheStoreAndLeaveWhenOneReturns()
    {
        var port = FreePort.Next();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("away", port)],
            Senders = [.. Enumerable.Range(1, 200).Select(i => $"sender{i}@domain{i % 20}.example")],
            Retry = """["1h"]""",
            ProbeInterval = "1s",
            More = "[log]\nlevel = \"warn\"\n",
        });
        await SubmitAsync(relay.Port, "first", Messages / 10);
        var before = ProcessFigures.Memory(relay.Id);

        await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => SubmitAsync(relay.Port, $"c{i}", Messages / Connections)));

        var status = await relay.JsonAsync("status");
        Assert.Equal(Messages * Recipients * 11 / 10, status.GetProperty("queue").GetProperty("queued").GetInt64());
        Assert.InRange(ProcessFigures.Memory(relay.Id) - before, long.MinValue, MostMemory);
        var ready = await relay.GetAsync("/readyz");
        Assert.Contains("\"away\"", ready);
        Assert.Contains("\"open\"", ready);

        await using var back = new SinkServer(port);
        await Wait.UntilAsync(() => back.Messages.Count > 1000, Deadline, () => $"only {back.Messages.Count} left:\n{relay.Log}");
    }

    private static async Task SubmitAsync(int port, string name, int count)
    {
        await using var conversation = await SmtpConversation.ConnectAsync(port);
        for (var i = 0; i < count; i++)
        {
            var message = TestMessage.Create($"{name}-{i}");
            var commands = new StringBuilder($"MAIL FROM:<{TestMessage.Author}>\r\n");
            for (var to = 0; to < Recipients; to++)
                commands.Append($"RCPT TO:<{name}-{i}-{to}@dest.example>\r\n");
            await conversation.WriteAsync(Encoding.ASCII.GetBytes(commands.Append("DATA\r\n").ToString()));
            for (var replies = 0; replies <= Recipients; replies++)
                Assert.Equal(250, (await conversation.ReadReplyAsync()).Code);
            Assert.Equal(354, (await conversation.ReadReplyAsync()).Code);
            Assert.True((await conversation.FinishAsync(message)).IsPositive);
        }
    }
}
