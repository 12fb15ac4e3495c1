using System.Net;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>A full disk stops the door, not the process, and costs nothing that was acknowledged.</summary>
[Collection(HeavyCollection.Name)]
public sealed class DiskFullTests
{
    private const int Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>With a watermark the relay stops before the disk is full; with hardly any it meets the error itself.</summary>
    [Theory]
    [InlineData("16MiB", 8 * Mebibyte)]
    [InlineData("1KiB", 0)]
    public async Task O18_DiskFillsUpUnderLoad_RefusesTransientlyAndRecoversWithoutRestart(string minFreeSpace, long leave)
    {
        Requires.Root("a small file system is mounted");
        await using var disk = await SmallDisk.MountAsync(64);
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("sink", sink.Port)], DataDirectory = disk.Path, MinFreeSpace = minFreeSpace });
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(relay.Port, ledger, connections: 10);
        await Wait.UntilAsync(() => ledger.Count > 100, Deadline, () => $"no load:\n{relay.Log}");

        disk.Fill(leave);
        await Wait.UntilAsync(() => load.Refused > 0, Deadline, () => $"still accepting:\n{relay.Log}");
        await UntilReadinessAsync(relay, HttpStatusCode.ServiceUnavailable);
        Assert.True(await ReplyAtTheDoorAsync(relay) is { IsTransient: true }, "the refusal is not a transient one");

        disk.Free();
        await UntilReadinessAsync(relay, HttpStatusCode.OK);
        var before = ledger.Count;
        await Wait.UntilAsync(() => ledger.Count > before + 100, Deadline, () => $"accepts nothing again:\n{relay.Log}");

        await load.StopAsync();
        await relay.UntilIdleAsync();
        Assert.Empty(ledger.LostAt(sink));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R32_HardFloorOfSpaceOrInodes_TurnsClientsAwayAndRecovers(bool inodes)
    {
        Requires.Root("a small file system is mounted");
        await using var disk = await SmallDisk.MountAsync(64, inodes: 1_200);
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("sink", sink.Port)], DataDirectory = disk.Path, MinFreeSpace = "16MiB" });

        var files = Enumerable.Range(0, 200).Select(i => Path.Combine(disk.Path, $"file-{i}")).ToList();
        if (inodes)
            files.ForEach(file => File.WriteAllText(file, ""));
        else
            disk.Fill(leave: 0);
        await UntilGreetingAsync(relay, "421 4.3.2 ");

        files.ForEach(File.Delete);
        disk.Free();
        await UntilGreetingAsync(relay, "220 ");
    }

    private static Task UntilGreetingAsync(RelayProcess relay, string greeting) => Wait.UntilAsync(
        async () =>
        {
            await using var conversation = await SmtpConversation.OpenAsync(relay.Port);
            return (await conversation.ReadReplyAsync()).Text.StartsWith(greeting, StringComparison.Ordinal);
        }, Deadline, () => $"no greeting {greeting}:\n{relay.Log}");

    private static Task UntilReadinessAsync(RelayProcess relay, HttpStatusCode status) => Wait.UntilAsync(
        async () => await relay.StatusOfAsync("/readyz") == status, Deadline, () => $"/readyz does not become {(int)status}:\n{relay.Log}");

    /// <summary>The first reply that is not positive, from the greeting on.</summary>
    private static async Task<Reply> ReplyAtTheDoorAsync(RelayProcess relay)
    {
        await using var conversation = await SmtpConversation.OpenAsync(relay.Port);
        foreach (var command in (string?[])[null, "EHLO crm.example"])
        {
            var reply = command is null ? await conversation.ReadReplyAsync() : await conversation.SendAsync(command);
            if (!reply.IsPositive)
                return reply;
        }
        return await conversation.SubmitAsync(TestMessage.Create("disk-full"));
    }
}
