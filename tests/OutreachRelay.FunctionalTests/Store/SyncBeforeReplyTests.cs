using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>Seen from the kernel: the disk has the message before the client has the 250.</summary>
[Collection(HeavyCollection.Name)]
public sealed class SyncBeforeReplyTests
{
    [Fact]
    public async Task Accept_EachMessage_DatabaseIsSyncedBeforeTheReply()
    {
        var messages = Enumerable.Range(0, 20).Select(i => TestMessage.Create($"synced-{i}")).ToList();

        var events = await TraceAsync(messages);

        foreach (var message in messages)
            Assert.Contains(SyncsBeforeReply(events, message), path => IsDatabase(path));
    }

    [Fact]
    public async Task Accept_LargeMessage_ItsFileIsSyncedBeforeTheDatabaseBeforeTheReply()
    {
        var message = TestMessage.Create("large", size: 1024 * 1024);

        var syncs = SyncsBeforeReply(await TraceAsync([message]), message);

        var file = syncs.FindIndex(path => !IsDatabase(path));
        Assert.True(file >= 0, "no file was synced");
        Assert.Contains(syncs[file..], path => IsDatabase(path));
    }

    private static bool IsDatabase(string path) => path.EndsWith("-wal", StringComparison.Ordinal) || path.EndsWith(".db", StringComparison.Ordinal);

    /// <summary>Submits the messages one after the other to a relay under strace.</summary>
    private static async Task<List<TraceEvent>> TraceAsync(IReadOnlyList<TestMessage> messages)
    {
        Requires.Program("strace");
        using var directory = new TemporaryDirectory();
        var file = directory.Combine("trace");
        await using var sink = new SinkServer();
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        // -D: strace becomes the grandchild, so that the process we started is the relay.
        await relay.StartAsync("strace", "-D", "-f", "-y", "-s", "512", "--seccomp-bpf", "-e", $"trace={SystemCallTrace.Calls}", "-o", file);
        foreach (var message in messages)
            await relay.SubmitAsync(message);
        await relay.StopAsync(TimeSpan.FromSeconds(60));
        return [.. SystemCallTrace.Parse(await File.ReadAllLinesAsync(file))];
    }

    /// <summary>The files that were synced after the message had come in and before its 250 went out.</summary>
    private static List<string> SyncsBeforeReply(List<TraceEvent> events, TestMessage message)
    {
        var read = events.FindIndex(e => e is TraceEvent.Read r && r.Text.Contains($"X-Test-Id: {message.TestId}\\r\\n"));
        Assert.True(read >= 0, $"{message.TestId} was not seen coming in");
        var reply = events.FindIndex(read, e => e is TraceEvent.Write w && w.Text.Contains("250 2.0.0 queued as"));
        Assert.True(reply > read, $"no reply to {message.TestId} was seen");
        return [.. events[read..reply].OfType<TraceEvent.Synced>().Select(e => e.Path)];
    }
}
