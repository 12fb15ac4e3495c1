using System.Net;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A disk that takes octets and then says that it could not keep them: whether they are there, nobody knows.</summary>
public sealed class FailedFlushTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task FlushOfAnAcceptFails_IsNotAcknowledgedAndItsRepetitionArrivesOnce()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        var message = TestMessage.Create("not-flushed");
        await using (await FaultyDisk.FailUnderAsync(relay.Id))
        {
            Assert.True((await SmtpConversation.SubmitAsync(relay.Port, message)).IsTransient, "it was not refused transiently");
            await UntilReadinessAsync(relay, HttpStatusCode.ServiceUnavailable);
            await Wait.UntilAsync(() => relay.Log.Contains("The store failed: the disk failed"), Deadline, () => relay.Log);
        }

        await UntilReadinessAsync(relay, HttpStatusCode.OK);
        var repetition = await SmtpConversation.SubmitAsync(relay.Port, message);

        Assert.True(repetition.IsPositive, repetition.Text);
        await relay.UntilIdleAsync();
        Assert.Equal(1, sink.CountOf("not-flushed"));
    }

    private static Task UntilReadinessAsync(RelayProcess relay, HttpStatusCode status) => Wait.UntilAsync(
        async () => await relay.StatusOfAsync("/readyz") == status, Deadline, () => $"/readyz does not become {(int)status}:\n{relay.Log}");
}
