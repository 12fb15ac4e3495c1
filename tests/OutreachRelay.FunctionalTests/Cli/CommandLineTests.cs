using System.Text.Json;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Cli;

/// <summary>The command line against a relay that runs. Nothing listens at its upstream unless a test starts it.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private const int Unavailable = 69;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly int _upstreamPort = FreePort.Next();
    private RelayProcess _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await RelayProcess.StartAsync(
        new RelayConfig { Upstreams = [new("away", _upstreamPort)], Retry = """["1h"]""", ProbeInterval = "1s" });

    public ValueTask DisposeAsync() => _relay.DisposeAsync();

    [Fact]
    public async Task QueueList_WaitingMessage_IsShownWithItsFields()
    {
        var id = await _relay.SubmitAsync(TestMessage.Create("listed"));

        var entry = Assert.Single((await _relay.JsonAsync("queue", "list")).EnumerateArray());

        Assert.Equal(id, entry.GetProperty("id").GetString());
        Assert.Equal("prospect-listed@dest.example", entry.GetProperty("recipient").GetString());
        Assert.Contains(entry.GetProperty("sender").GetString(), _relay.Config.Senders);
        Assert.Equal("queued", entry.GetProperty("state").GetString());
        Assert.Equal(0, entry.GetProperty("attempts").GetInt32());
        Assert.True(entry.GetProperty("due").TryGetDateTimeOffset(out _));
    }

    [Fact]
    public async Task Queue_HoldAndRelease_StopsAnEntryAndLetsItGo()
    {
        var id = await _relay.SubmitAsync(TestMessage.Create("held"));
        var other = await _relay.SubmitAsync(TestMessage.Create("not-held"));

        await _relay.JsonAsync("queue", "hold", id);
        Assert.Equal("held", await _relay.StateOfAsync(id));
        await using var sink = new SinkServer(_upstreamPort);
        await _relay.UntilStateAsync(other, "relayed");
        Assert.Equal(0, sink.CountOf("held"));

        await _relay.JsonAsync("queue", "release", id);
        await Wait.UntilAsync(() => sink.CountOf("held") == 1, Deadline, () => $"not released:\n{_relay.Log}");
    }

    [Fact]
    public async Task QueueDrop_WaitingMessage_NeverLeaves()
    {
        var id = await _relay.SubmitAsync(TestMessage.Create("dropped"));
        var other = await _relay.SubmitAsync(TestMessage.Create("not-dropped"));

        await _relay.JsonAsync("queue", "drop", id);
        await using var sink = new SinkServer(_upstreamPort);
        await _relay.UntilStateAsync(other, "relayed");

        Assert.Equal("dropped", await _relay.StateOfAsync(id));
        Assert.Equal(0, sink.CountOf("dropped"));
    }

    [Fact]
    public async Task O25_QueueHold_UnknownId_SaysSoAndFails()
    {
        var result = await _relay.RunAsync("queue", "hold", "0000000000zzz", "--json");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("unknown", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Status_RunningRelay_CountsTheQueueAndNamesTheUpstream()
    {
        await _relay.SubmitAsync(TestMessage.Create("counted"));

        var status = await _relay.JsonAsync("status");

        Assert.Equal(1, status.GetProperty("queue").GetProperty("queued").GetInt32());
        Assert.Equal(JsonValueKind.Array, status.GetProperty("upstreams").ValueKind);
        Assert.Equal("away", status.GetProperty("upstreams")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("status")]
    [InlineData("queue", "list")]
    [InlineData("dead", "list")]
    public async Task O24_AnyQuestion_NoRelayRuns_ExitsWith69(params string[] verb)
    {
        Assert.Equal(0, await _relay.StopAsync(Deadline));

        var result = await _relay.RunAsync(verb);

        Assert.Equal(Unavailable, result.ExitCode);
        Assert.NotEmpty(result.Output);
        Assert.DoesNotContain("   at ", result.Output);
    }
}
