using System.Globalization;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

[Collection(HeavyCollection.Name)]
public sealed class FileDescriptorTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task R46_NoDescriptorsLeft_ThePortWaitsWithoutSpinningAndGoesOn()
    {
        Requires.Program("prlimit");
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        // As many as it needs for itself, and some for clients.
        var limit = (ProcessFigures.OpenFiles(relay.Id) + 100).ToString(CultureInfo.InvariantCulture);
        await relay.StopAsync(Deadline);
        await relay.StartAsync("prlimit", $"--nofile={limit}:{limit}");
        var connections = new List<SmtpConversation>();
        for (var i = 0; i < 200; i++)
            connections.Add(await SmtpConversation.OpenAsync(relay.Port));
        await Wait.UntilAsync(() => relay.Log.Contains("wait: nearly all files"), Deadline, () => $"no word of it:\n{relay.Log}");

        // Two hundred clients have just come, and the process has just started. Who spins never comes to rest.
        var busy = 1.0;
        await Wait.UntilAsync(
            async () => (busy = await ShareOfAProcessorAsync(relay.Id, TimeSpan.FromSeconds(2))) < 0.3, Deadline, () => $"{busy:P0} of a processor without descriptors for clients");
        TestContext.Current.TestOutputHelper?.WriteLine($"without descriptors for clients: {busy:P0} of a processor");

        // What needs a descriptor for itself gets one.
        Assert.Equal(0, (await relay.RunAsync("status")).ExitCode);

        foreach (var connection in connections)
            await connection.DisposeAsync();
        await Wait.UntilAsync(() => relay.Log.Contains("are taken again"), Deadline, () => $"it does not go on:\n{relay.Log}");
        await relay.SubmitAsync(TestMessage.Create("after"));
        await Wait.UntilAsync(() => sink.CountOf("after") == 1, Deadline, () => $"it did not arrive:\n{relay.Log}");
    }

    // The one thing to wait for here is time itself.
    private static async Task<double> ShareOfAProcessorAsync(int id, TimeSpan span)
    {
        var before = ProcessFigures.ProcessorTime(id);
        await Task.Delay(span);
        return (ProcessFigures.ProcessorTime(id) - before) / span;
    }
}
