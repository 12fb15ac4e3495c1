using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.FunctionalTests.Store;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>Signals that come twice, too early, too late, or while the disk hangs.</summary>
[Collection(HeavyCollection.Name)]
public sealed class SignalTests : IAsyncLifetime
{
    private const int Terminated = 128 + (int)Signal.Terminate;
    private const int Temporary = 75;
    private const string InForce = " is in force: ";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    private readonly SinkServer _sink = new();
    private RelayProcess _relay = null!;

    public ValueTask InitializeAsync()
    {
        _relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", _sink.Port)] });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task O10_SecondTerminate_EndsAtOnceAndWhatWasAcknowledgedArrives()
    {
        await _relay.StartAsync();
        await using var busy = await BeginContentAsync();
        await _relay.SubmitAsync(TestMessage.Create("before"));

        await TerminateAsync();
        _relay.Signal(Signal.Terminate);

        Assert.Equal(Terminated, await _relay.WaitForExitAsync(AtOnce));
        await _relay.StartAsync();
        await _relay.UntilIdleAsync();
        Assert.Equal(1, _sink.CountOf("before"));
    }

    [Fact]
    public async Task O10_TerminateWhileTheDiskHangs_GivesUpInTimeAndStartsAgain()
    {
        _relay.Write(_relay.Config with { DeliveryKeys = "grace = \"1s\"" });
        await _relay.StartAsync();
        await using var waiting = await SmtpConversation.ConnectAsync(_relay.Port);
        await using (await FaultyDisk.HangUnderAsync(_relay.Id))
        {
            _ = waiting.SubmitAsync(TestMessage.Create("hanging"));
            await Wait.UntilAsync(() => waiting.IsInDoubt, Deadline, () => _relay.Log);
            _relay.Signal(Signal.Terminate);
            await Wait.UntilAsync(() => _relay.Log.Contains("did not stop within 11 s"), Deadline, () => _relay.Log);
            // A killed thread that strace holds is gone only when strace is.
        }

        Assert.Equal(Temporary, await _relay.WaitForExitAsync(AtOnce));
        await _relay.StartAsync();
        await _relay.UntilIdleAsync();
        Assert.InRange(_sink.CountOf("hanging"), 0, 1);
    }

    [Fact]
    public async Task O6_TwentyHangupsUnderLoad_BecomeFewReloadsAndTheLastOneCounts()
    {
        _relay.Write(_relay.Config with { Senders = [.. Enumerable.Range(1, 1200).Select(i => $"sender{i}@domain{i % 50}.example")] });
        await _relay.StartAsync();
        var before = await _relay.ModelVersionAsync();
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(_relay.Port, ledger, connections: 10);
        await Wait.UntilAsync(() => ledger.Count > 100, Deadline, () => _relay.Log);

        _relay.Write(_relay.Config with { Senders = ["ben@two.example"] });
        for (var i = 0; i < 20; i++)
            _relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(async () => await _relay.ModelVersionAsync() != before, Deadline, () => _relay.Log);
        await load.StopAsync();
        await _relay.SubmitAsync(TestMessage.Create("after"));
        await Wait.UntilAsync(() => _sink.CountOf("after") == 1, Deadline, () => _relay.Log);
        Assert.Equal(0, await _relay.StopAsync(Deadline));

        Assert.InRange(CountOf(InForce), 1, 10);
        Assert.Empty(load.Complaints);
        Assert.Equal("ben@two.example", _sink.Messages.Single(message => message.TestId == "after").ReversePath);
    }

    [Fact]
    public async Task O6_HangupDuringTheStart_IsAppliedAfterIt()
    {
        _relay.Launch();
        // The data directory is made after the first line of the program and before the last of its start.
        await Wait.UntilAsync(() => Directory.Exists(_relay.DataDirectory), Deadline, () => _relay.Log);
        _relay.Signal(Signal.HangUp);

        await Wait.UntilAsync(() => _relay.Log.Contains(InForce), Deadline, () => $"no reload:\n{_relay.Log}");
        Assert.False(_relay.HasExited);
        Assert.True(_relay.Log.IndexOf(InForce, StringComparison.Ordinal) > _relay.Log.IndexOf("takes mail on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task O6_HangupDuringTheStop_IsIgnored()
    {
        await _relay.StartAsync();
        await using var busy = await BeginContentAsync();

        await TerminateAsync();
        for (var i = 0; i < 3; i++)
            _relay.Signal(Signal.HangUp);
        Assert.Equal(250, (await busy.FinishAsync(TestMessage.Create("late"))).Code);

        Assert.Equal(0, await _relay.WaitForExitAsync(Deadline));
        Assert.Equal(0, CountOf(InForce));
    }

    private int CountOf(string text) => _relay.Log.Split(text).Length - 1;

    private async Task TerminateAsync()
    {
        _relay.Signal(Signal.Terminate);
        await Wait.UntilAsync(() => _relay.Log.Contains("Stopping"), Deadline, () => _relay.Log);
    }

    /// <summary>A message on its way, for whose end a stop waits.</summary>
    private async Task<SmtpConversation> BeginContentAsync()
    {
        var conversation = await SmtpConversation.ConnectAsync(_relay.Port);
        await conversation.SendAsync("MAIL FROM:<chris@crm.example>");
        await conversation.SendAsync("RCPT TO:<prospect@dest.example>");
        Assert.Equal(354, (await conversation.SendAsync("DATA")).Code);
        return conversation;
    }
}
