using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Rotate;

/// <summary>An upstream that has lost its standing.</summary>
public sealed class UpstreamPauseTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task F21_UpstreamWhoseMailIsBlocked_IsPausedAndItsSendersAreNot()
    {
        var isListed = true;
        await using var listed = new SinkServer
        {
            OnRecipient = path => isListed && path.EndsWith("dest.example", StringComparison.Ordinal)
                ? new SinkAction.Reply("550 5.7.1 Message rejected as spam") : null,
        };
        await using var clean = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("listed", listed.Port), new("clean", clean.Port)],
            Senders = [.. Enumerable.Range(1, 30).Select(i => $"sender{i}@domain{i % 10}.example")],
        });

        var submitted = 0;
        await Wait.UntilAsync(
            async () =>
            {
                await relay.SubmitAsync(TestMessage.Create($"mail{submitted++}"));
                return await IsPausedAsync(relay);
            },
            Deadline, () => $"never paused after {submitted} mails:\n{relay.Log}");

        Assert.All((await relay.JsonAsync("senders", "list")).EnumerateArray(), static sender => Assert.Equal("healthy", sender.GetProperty("status").GetString()));
        Assert.Empty((await relay.JsonAsync("queue", "holds")).EnumerateArray());
        await Wait.UntilAsync(
            async () => (await relay.RunAsync("status")).StandardOutput.Contains("upstream_paused", StringComparison.Ordinal), Deadline, () => "no alert");
        await relay.UntilIdleAsync();
        var before = clean.Messages.Count;
        var after = await relay.SubmitAsync(TestMessage.Create("after-the-pause"));
        await relay.UntilStateAsync(after, "relayed");
        Assert.Equal(before + 1, clean.Messages.Count);

        isListed = false;
        Assert.Equal(0, (await relay.RunAsync("upstreams", "resume", "listed")).ExitCode);
        await Wait.UntilAsync(
            async () =>
            {
                await relay.SubmitAsync(TestMessage.Create($"mail{submitted++}"));
                return listed.Messages.Count > 0 && !await IsPausedAsync(relay);
            },
            Deadline, () => $"never used again:\n{relay.Log}");
    }

    private static async Task<bool> IsPausedAsync(RelayProcess relay) =>
        (await relay.AskAsync("status")).GetProperty("upstreams").EnumerateArray().Any(static upstream =>
            upstream.GetProperty("name").GetString() == "listed" && upstream.GetProperty("reason").GetString()!.Contains("mails were blocked", StringComparison.Ordinal));
}
