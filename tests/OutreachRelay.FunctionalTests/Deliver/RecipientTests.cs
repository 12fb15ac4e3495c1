using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Several recipients of one message each get it, in a transaction of their own.</summary>
public sealed class RecipientTests
{
    private const int Messages = 1000;
    private const int Recipients = 3;

    [Fact]
    public async Task W24_SinkThatSometimesFails_EveryRecipientGetsTheMessageOnceAndNoOther()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var sink = new SinkServer();
        sink.OnMail = _ => Fails(random, 0.01) ? new SinkAction.Reply("421 4.3.2 going down") : null;
        sink.OnRecipient = _ => Fails(random, 0.02) ? new SinkAction.Reply("450 4.2.0 busy") : Fails(random, 0.01) ? new SinkAction.Drop() : null;
        sink.OnMessage = _ => Fails(random, 0.02) ? new SinkAction.Reply("451 4.3.0 not now") : null;
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port)],
            Senders = [.. Enumerable.Range(1, 30).Select(i => $"sender{i}@domain{i}.example")],
            Retry = """["1s", "1s", "1s", "1s", "1s", "1s", "1s", "1s"]""",
            ProbeInterval = "1s",
            More = "[log]\nlevel = \"warn\"\n",
        });

        await using (var client = await SmtpConversation.ConnectAsync(relay.Port))
        {
            for (var i = 0; i < Messages; i++)
                await SubmitAsync(client, $"m{i}");
        }
        await relay.UntilIdleAsync(TimeSpan.FromMinutes(2));

        var arrived = sink.Messages.Select(message => (message.TestId, Recipient: Assert.Single(message.Recipients))).ToList();
        Assert.All(arrived, mail => Assert.StartsWith(mail.TestId + "-", mail.Recipient, StringComparison.Ordinal));
        Assert.Equal((Messages * Recipients, Messages * Recipients), (arrived.Count, arrived.Distinct().Count()));
    }

    private static bool Fails(Random random, double share)
    {
        lock (random)
            return random.NextDouble() < share;
    }

    private static async Task SubmitAsync(SmtpConversation client, string id)
    {
        var message = TestMessage.Create(id, size: 200);
        var commands = new StringBuilder($"MAIL FROM:<{TestMessage.Author}>\r\n");
        for (var n = 0; n < Recipients; n++)
            commands.Append($"RCPT TO:<{id}-{n}@dest.example>\r\n");
        commands.Append("DATA\r\n");
        await client.WriteAsync(Encoding.ASCII.GetBytes(commands.ToString()));
        for (var reply = 0; reply < Recipients + 2; reply++)
            await client.ReadReplyAsync();
        await client.WriteAsync((byte[])[.. message.Content, .. ".\r\n"u8]);
        var end = await client.ReadReplyAsync();
        Assert.True(end.IsPositive, end.Text);
    }
}
