using OutreachRelay.FunctionalTests.Clients;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>The peers alone, without the relay: what a later test finds is not their doing.</summary>
public sealed class PeersTests
{
    public static TheoryData<string> Clients => [.. RealClient.All.Keys];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task SubmitToSink_EachClient_ArrivesAsComposed(string name)
    {
        var client = RealClient.All[name];
        Requires.Program(client.Program, name == "msmtp" ? "msmtp" : client.Program);
        await using var sink = new SinkServer();
        var submission = new Submission(sink.Port, name);

        var content = await client.SubmitAsync(submission);

        var message = Assert.Single(sink.Messages);
        Assert.Equal(Submission.Author, message.ReversePath);
        Assert.Equal([submission.Recipient], message.Recipients);
        Assert.Equal(ReceivedMessage.BodyOf(content), message.Body);
        Assert.Equal(name, message.TestId);
    }

    [Fact]
    public async Task SubmitToPostfix_WithSmtpSinkBehind_ArrivesOnce()
    {
        Requires.Root("Postfix changes its user");
        Requires.Program("postfix", "smtp-sink", "swaks");
        await using var sink = await SmtpSink.StartAsync();
        await using var postfix = await PostfixInstance.StartAsync(sink.Port);
        var submission = new Submission(postfix.Port, "through-postfix");

        await RealClient.All["swaks"].SubmitAsync(submission);

        await Wait.UntilAsync(() => sink.Dumps().Count > 0, TimeSpan.FromSeconds(20), () => postfix.Log);
        var dump = Assert.Single(sink.Dumps());
        Assert.Contains($"X-Rcpt-Args: <{submission.Recipient}>", dump);
        Assert.Contains("X-Test-Id: through-postfix", dump);
    }

    [Fact]
    public async Task SubmitToPostfix_WithSinkServerBehind_BodyIsUnchanged()
    {
        Requires.Root("Postfix changes its user");
        Requires.Program("postfix", "swaks");
        await using var sink = new SinkServer();
        await using var postfix = await PostfixInstance.StartAsync(sink.Port);

        var content = await RealClient.All["swaks"].SubmitAsync(new Submission(postfix.Port, "unchanged"));

        await Wait.UntilAsync(() => sink.Messages.Count > 0, TimeSpan.FromSeconds(20), () => postfix.Log);
        Assert.Equal(ReceivedMessage.BodyOf(content), Assert.Single(sink.Messages).Body);
    }
}
