using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Mail with the null reverse-path, from the door to the upstream.</summary>
public sealed class NotificationTests
{
    private const string Content = "From: Mail System <ben@two.example>\r\nTo: <rita@dest.example>\r\nX-Test-Id: note\r\nAuto-Submitted: auto-replied\r\n\r\nGone.\r\n";

    [Fact]
    public async Task R16_NotificationOfAnOwnSender_LeavesWithTheNullReversePathAndItsAuthor()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("sink", sink.Port)], ClientKeys = "notifications = true" });

        await relay.UntilStateAsync(await NotifyAsync(relay), "relayed");

        var message = Assert.Single(sink.Messages);
        Assert.Equal(("", "rita@dest.example"), (message.ReversePath, Assert.Single(message.Recipients)));
        Assert.Equal("Mail System <ben@two.example>", message.Field("From"));
    }

    [Fact]
    public async Task R16_RefusedNotification_CausesNoOther()
    {
        await using var sink = new SinkServer { OnRecipient = _ => new SinkAction.Reply("550 5.1.1 no such user") };
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("sink", sink.Port)], ClientKeys = "notifications = true" });

        await relay.UntilStateAsync(await NotifyAsync(relay), "failed");

        Assert.Empty((await relay.JsonAsync("queue", "list")).EnumerateArray());
        Assert.Empty(sink.Messages);
    }

    [Fact]
    public async Task R16_NotificationOfAPausedSender_WaitsForItAndLeavesAsItWasWritten()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("sink", sink.Port)], ClientKeys = "notifications = true" });
        Assert.Equal(0, (await relay.RunAsync("senders", "pause", "ben@two.example", "--reason", "a test")).ExitCode);

        var note = await NotifyAsync(relay);
        // What came later leaves from another sender, so the schedule has had its turn.
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("mail")), "relayed");

        Assert.Equal("queued", await relay.StateOfAsync(note));
        Assert.Contains("nobody else's to send", (await relay.RunAsync("explain", note)).Output);
        Assert.Equal(0, (await relay.RunAsync("senders", "resume", "ben@two.example")).ExitCode);
        await relay.UntilStateAsync(note, "relayed");
        Assert.Equal("Mail System <ben@two.example>", sink.Messages.Single(message => message.ReversePath == "").Field("From"));
    }

    private static async Task<string> NotifyAsync(RelayProcess relay)
    {
        await using var conversation = await SmtpConversation.ConnectAsync(relay.Port);
        foreach (var command in (string[])["MAIL FROM:<>", "RCPT TO:<rita@dest.example>"])
            Assert.Equal(250, (await conversation.SendAsync(command)).Code);
        Assert.Equal(354, (await conversation.SendAsync("DATA")).Code);
        var reply = await conversation.FinishAsync(new TestMessage("note", "rita@dest.example", Encoding.ASCII.GetBytes(Content)));
        Assert.True(reply.IsPositive, reply.Text);
        return reply.QueueId;
    }
}
