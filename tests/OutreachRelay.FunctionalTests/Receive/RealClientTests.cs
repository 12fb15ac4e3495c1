using OutreachRelay.FunctionalTests.Clients;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>What users do: point the mail program they have at the relay, and change nothing else.</summary>
public sealed class RealClientTests(RelayBeforePostfix chain) : IClassFixture<RelayBeforePostfix>
{
    public static TheoryData<string> Clients => [.. RealClient.All.Keys];

    [Theory]
    [MemberData(nameof(Clients))]
    public Task Submit_WithoutLogin_ArrivesOnceFromAPoolSender(string name) =>
        SubmitAndCheckAsync(name, port => new Submission(port, $"{name}-plain"), () => chain.Open);

    [Theory]
    [MemberData(nameof(Clients))]
    public Task Submit_WithLogin_ArrivesOnceFromAPoolSender(string name) =>
        SubmitAndCheckAsync(name, port => new Submission(port, $"{name}-login", (RelayConfig.User, RelayConfig.Password)), () => chain.Closed);

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Submit_WithWrongPassword_ClientReportsFailureAndNothingArrives(string name)
    {
        var client = Needs(name);
        var submission = new Submission(chain.Closed.Port, $"{name}-wrong", (RelayConfig.User, "wrong"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.SubmitAsync(submission));

        await chain.Closed.UntilIdleAsync();
        Assert.Equal(0, chain.Sink.CountOf(submission.TestId));
    }

    private static RealClient Needs(string name)
    {
        Requires.Root("Postfix changes its user");
        var client = RealClient.All[name];
        Requires.Program("postfix", client.Program, name == "msmtp" ? "msmtp" : client.Program);
        return client;
    }

    private async Task SubmitAndCheckAsync(string name, Func<int, Submission> submissionTo, Func<RelayProcess> relay)
    {
        var client = Needs(name);
        var submission = submissionTo(relay().Port);

        var content = await client.SubmitAsync(submission);

        await Wait.UntilAsync(
            () => chain.Sink.CountOf(submission.TestId) > 0, TimeSpan.FromSeconds(30), () => $"nothing arrived:\n{relay().Log}");
        await relay().UntilIdleAsync();
        var message = Assert.Single(chain.Sink.Messages, m => m.TestId == submission.TestId);
        Assert.Contains(message.ReversePath, relay().Config.Senders);
        Assert.EndsWith($"<{message.ReversePath}>", message.Field("From"));
        Assert.Equal([submission.Recipient], message.Recipients);
        Assert.DoesNotContain(Submission.Author, message.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ReceivedMessage.BodyOf(content), message.Body);
    }
}
