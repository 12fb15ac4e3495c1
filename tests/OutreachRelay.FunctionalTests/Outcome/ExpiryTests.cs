using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.FunctionalTests.Outcome;

/// <summary>Mail that nobody takes within the shortest time that may be set, a minute; beside the other tests, because it is waited for.</summary>
public sealed class ExpiryTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task F12_MailThatExpires_IsNotifiedOfWithTheLastReply()
    {
        await using var sink = new SinkServer
        {
            OnRecipient = static path => path.StartsWith("prospect-late", StringComparison.Ordinal) ? new SinkAction.Reply("451 4.2.1 try later") : null,
        };
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("up", sink.Port)],
            ClientKeys = "dsn_from = \"ben@two.example\"",
            DeliveryKeys = "expire = \"1m\"",
        });

        var late = await relay.SubmitAsync(TestMessage.Create("late"));
        await Wait.UntilAsync(() => sink.Messages.Count > 0, Deadline, () => relay.Log);

        Assert.Equal("expired", await relay.StateOfAsync(late));
        var notice = Assert.Single(sink.Messages);
        Assert.Equal(("", TestMessage.Author), (notice.ReversePath, Assert.Single(notice.Recipients)));
        var told = BounceReader.Read(notice.Content, new BounceOptions(), hasNullReversePath: true).Recipients[0];
        Assert.Equal(
            (DeliveryAction.Failed, new EnhancedStatusCode(4, 4, 7), "prospect-late@dest.example"),
            (told.Action, told.Status, told.FinalRecipient?.Address));
        Assert.Contains("451 4.2.1 try later", told.Diagnostic?.Text, StringComparison.Ordinal);
    }
}
