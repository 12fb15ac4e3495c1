using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Outcome;

/// <summary>Postfix takes our mail, fails with it, and sends its notification to our return path.</summary>
public sealed class ReturnedMailTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("550 5.1.1 user unknown", "bounced_hard", true)]
    [InlineData("554 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org", "blocked", false)]
    public async Task F25_UpstreamBouncesLater_EntryFailsAndOnlyAHardBounceSuppresses(string reply, string kind, bool isSuppressed)
    {
        Requires.Root("Postfix changes its user");
        Requires.Program("postfix");
        await using var recipients = new SinkServer { OnRecipient = _ => new SinkAction.Reply(reply) };
        var bounces = FreePort.Next();
        using var directory = new TemporaryDirectory();
        var transports = directory.Combine("transport");
        await File.WriteAllTextAsync(transports, $"/@bounce\\.one\\.example$/ smtp:[127.0.0.1]:{bounces}\n");
        await using var postfix = await PostfixInstance.StartAsync(recipients.Port, $"transport_maps = regexp:{transports}");
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("postfix", postfix.Port)],
            Senders = ["anna@one.example"],
            More = $"""
                [[domain]]
                name = "one.example"
                return_path = "bounce.one.example"

                [[listener]]
                address = "127.0.0.1:{bounces}"
                purpose = "bounces"

                """,
        });
        var message = TestMessage.Create("returned");

        var id = await relay.SubmitAsync(message);

        await Wait.UntilAsync(async () => await relay.StateOfAsync(id) == "failed", Deadline, () => $"not failed:\n{relay.Log}\n{postfix.Log}");
        var events = (await relay.RunAsync("queue", "show", id, "--json")).Output;
        Assert.Contains(kind, events);
        var again = await SmtpConversation.SubmitAsync(relay.Port, TestMessage.Create("again", recipient: message.Recipient));
        Assert.Equal(isSuppressed ? 550 : 250, again.Code);
    }
}
