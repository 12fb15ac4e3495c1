using System.Collections.Concurrent;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>The connection ends after the final dot without a reply (RFC 1047): the upstream may have taken the message.</summary>
public sealed class InDoubtTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task S27_WithRetry_TheSameUpstreamGetsTheSameOctetsLater()
    {
        await using var first = new SinkServer();
        await using var second = new SinkServer();
        first.OnMessage = _ => first.Messages.Count == 0 ? new SinkAction.Drop() : null;
        await using var relay = await RelayProcess.StartAsync(Config(first, second) with { InDoubt = "retry", InDoubtWait = "15s" });

        var id = await relay.SubmitAsync(TestMessage.Create("doubt"));

        await relay.UntilStateAsync(id, "in_doubt");
        await relay.UntilStateAsync(id, "relayed");
        Assert.Equal(2, first.CountOf("doubt"));
        Assert.Equal(first.Messages[0].Text, first.Messages[1].Text);
        Assert.Equal(first.Messages[0].ReversePath, first.Messages[1].ReversePath);
        Assert.Empty(second.Messages);
    }

    [Fact]
    public async Task S27_WithHold_NobodyGetsItAgain()
    {
        await using var first = new SinkServer { OnMessage = _ => new SinkAction.Drop() };
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(first, second) with { InDoubt = "hold" });

        var id = await relay.SubmitAsync(TestMessage.Create("doubt"));

        await relay.UntilStateAsync(id, "held");
        Assert.Equal(1, first.CountOf("doubt"));
        Assert.Empty(second.Messages);
    }

    [Fact]
    public async Task S30_KilledWhileWaitingForTheReply_IsInDoubtAfterTheRestart()
    {
        var never = new TaskCompletionSource();
        await using var first = new SinkServer();
        await using var second = new SinkServer();
        var dots = 0;
        first.OnMessage = _ => Interlocked.Increment(ref dots) == 1 ? new SinkAction.After(never.Task) : null;
        await using var relay = await RelayProcess.StartAsync(Config(first, second) with { InDoubtWait = "15s" });
        var id = await relay.SubmitAsync(TestMessage.Create("killed"));
        await Wait.UntilAsync(() => dots == 1, Deadline, () => $"no final dot:\n{relay.Log}");

        await relay.KillAsync();
        await relay.StartAsync();

        await relay.UntilStateAsync(id, "in_doubt");
        await relay.UntilStateAsync(id, "relayed");
        Assert.Equal(1, first.CountOf("killed"));
        Assert.Empty(second.Messages);
    }

    [Fact]
    public async Task S29_InDoubtAtResend_TheSecondAttemptHasTheSameIdempotencyKey()
    {
        using var data = ResendWithoutLogin();
        var keys = new ConcurrentDictionary<string, int>();
        await using var resend = new SinkServer();
        // As Resend does: what comes with a key that it has seen is not delivered again.
        resend.OnMessage = message => keys.AddOrUpdate(message.Field("Resend-Idempotency-Key")!, 1, (_, count) => count + 1) == 1 && message.TestId == "doubt"
            ? new SinkAction.Drop() : null;
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("resend", resend.Port, Keys: "preset = \"resend\"")],
            RelayKeys = $"conf_dir = \"{data.Path}\"",
        });

        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("doubt")), "relayed");
        await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create("other")), "relayed");

        Assert.Equal(2, resend.CountOf("doubt"));
        Assert.Equal([1, 2], keys.Values.Order());
    }

    // Credentials never cross a line without TLS, and the sink has none.
    private static TemporaryDirectory ResendWithoutLogin()
    {
        var directory = new TemporaryDirectory();
        var shipped = Path.Combine(AppContext.BaseDirectory, "conf");
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            var copy = directory.Combine(Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var preset = directory.Combine("presets/resend.toml");
        File.WriteAllLines(preset, File.ReadAllLines(preset).Where(line => !line.StartsWith("username", StringComparison.Ordinal)));
        return directory;
    }

    private static RelayConfig Config(SinkServer first, SinkServer second) =>
        new() { Upstreams = [new("first", first.Port), new("second", second.Port, Tier: 2)] };
}
