using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Configuration;

/// <summary>SIGHUP: all or nothing.</summary>
public sealed class ReloadTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly SinkServer _sink = new();
    private RelayProcess _relay = null!;

    public async ValueTask InitializeAsync() =>
        _relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", _sink.Port)], Senders = ["anna@one.example"] });

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task O2_Hangup_OtherSendersAndAnotherUpstream_LaterMessagesUseThem()
    {
        await using var other = new SinkServer();
        await _relay.SubmitAsync(TestMessage.Create("before"));
        await ArrivalAsync(_sink, "before");
        var version = await _relay.ModelVersionAsync();

        _relay.Write(_relay.Config with { Upstreams = [new("other", other.Port)], Senders = ["ben@two.example"] });
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await _relay.ModelVersionAsync() != version, Deadline, () => $"the model stays:\n{_relay.Log}");

        await _relay.SubmitAsync(TestMessage.Create("after"));
        Assert.Equal("ben@two.example", (await ArrivalAsync(other, "after")).ReversePath);
        Assert.Equal("anna@one.example", Assert.Single(_sink.Messages).ReversePath);
    }

    [Fact]
    public async Task O1_Hangup_BrokenFile_OldModelStaysAndTheLogNamesThePlace()
    {
        var version = await _relay.ModelVersionAsync();

        _relay.Write(_relay.Config with { Senders = ["ben@two.example"], More = "\n[score]\ntag_at = = 4\n" });
        var line = Array.IndexOf(await File.ReadAllLinesAsync(_relay.ConfigFile), "tag_at = = 4") + 1;
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(() => _relay.Log.Contains($"relay.toml:{line}:10"), Deadline, () => $"line {line} is not named:\n{_relay.Log}");

        Assert.Equal(version, await _relay.ModelVersionAsync());
        await _relay.SubmitAsync(TestMessage.Create("under-the-old"));
        Assert.Equal("anna@one.example", (await ArrivalAsync(_sink, "under-the-old")).ReversePath);
    }

    [Fact]
    public async Task O1_Hangup_SendersFileMissing_OldModelStays()
    {
        var version = await _relay.ModelVersionAsync();

        File.Delete(_relay.SendersFile);
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(() => _relay.Log.Contains("senders.csv"), Deadline, () => $"the file is not named:\n{_relay.Log}");

        Assert.Equal(version, await _relay.ModelVersionAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S48_Hangup_RouteOrUpstreamChangesBetweenAttempts_NextAttemptUsesTheNew(bool sameName)
    {
        await using var other = new SinkServer();
        _sink.OnRecipient = _ => new SinkAction.Reply("450 4.2.0 mailbox busy");
        _relay.Write(_relay.Config with { Retry = """["1h"]""" });
        var version = await ReloadAsync(await _relay.ModelVersionAsync());
        var id = await _relay.SubmitAsync(TestMessage.Create("moved"));
        await Wait.UntilAsync(
            async () => (await _relay.AskAsync("queue/" + id)).GetProperty("attempts").GetInt32() == 1, Deadline, () => _relay.Log);

        _relay.Write(_relay.Config with { Upstreams = [new(sameName ? "sink" : "other", other.Port)] });
        await ReloadAsync(version);
        await _relay.JsonAsync("queue", "retry", id);

        await _relay.UntilStateAsync(id, "relayed");
        Assert.Equal((0, 1), (_sink.CountOf("moved"), other.CountOf("moved")));
    }

    [Fact]
    public async Task O3_S48_Hangup_UpstreamWithARunningAttemptIsRemoved_AttemptEndsThereAndTheRestGoesElsewhere()
    {
        await using var other = new SinkServer();
        var gate = new TaskCompletionSource();
        _sink.OnMessage = _ => new SinkAction.After(gate.Task);
        var running = await _relay.SubmitAsync(TestMessage.Create("running"));
        await _relay.UntilStateAsync(running, "leased");
        var version = await _relay.ModelVersionAsync();

        _relay.Write(_relay.Config with { Upstreams = [new("other", other.Port)] });
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await _relay.ModelVersionAsync() != version, Deadline, () => _relay.Log);
        await _relay.SubmitAsync(TestMessage.Create("later"));
        await ArrivalAsync(other, "later");
        gate.SetResult();

        await _relay.UntilStateAsync(running, "relayed");
        await Wait.UntilAsync(() => _sink.OpenSessions == 0, Deadline, () => "the session stays open");
        Assert.Equal((1, 0), (_sink.CountOf("running"), other.CountOf("running")));
    }

    [Fact]
    public async Task O5_Hangup_HttpAddressAndSendersChange_SaysThatTheAddressNeedsARestartAndAppliesTheRest()
    {
        _relay.Write(_relay.Config with { Senders = ["ben@two.example"] });
        var toml = await File.ReadAllTextAsync(_relay.ConfigFile);
        await File.WriteAllTextAsync(_relay.ConfigFile, toml.Replace($":{_relay.HttpPort}", $":{FreePort.Next()}"));
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(
            () => _relay.Log.Contains("http.address has changed and needs a restart; the rest is in force"), Deadline, () => _relay.Log);

        await _relay.SubmitAsync(TestMessage.Create("after"));
        Assert.Equal("ben@two.example", (await ArrivalAsync(_sink, "after")).ReversePath);
        Assert.Equal(System.Net.HttpStatusCode.OK, await _relay.StatusOfAsync("/readyz"));
    }

    private async Task<ReceivedMessage> ArrivalAsync(SinkServer sink, string testId)
    {
        await Wait.UntilAsync(() => sink.CountOf(testId) > 0, Deadline, () => $"{testId} did not arrive:\n{_relay.Log}");
        return sink.Messages.First(m => m.TestId == testId);
    }

    private async Task<string> ReloadAsync(string before)
    {
        _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await _relay.ModelVersionAsync() != before, Deadline, () => $"the model stays:\n{_relay.Log}");
        return await _relay.ModelVersionAsync();
    }
}
