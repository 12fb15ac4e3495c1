using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>Ports that stay open while the relay behind them is replaced.</summary>
[Collection(HeavyCollection.Name)]
public sealed class SocketActivationTests
{
    private const int Restarts = 3;
    private const int BadConfiguration = 78;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task O11_RestartUnderLoad_NoConnectionRefusedNothingLostNothingTwice()
    {
        await using var sink = new SinkServer();
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        await using var holder = await SocketHolder.StartAsync(relay.Port, relay.HttpPort);
        await relay.StartAsync(holder.Wrapper);
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(relay.Port, ledger);

        for (var i = 0; i < Restarts; i++)
        {
            await SomeMoreAsync(ledger, relay);
            Assert.Equal(0, await relay.StopAsync(Deadline));
            await relay.StartAsync(holder.Wrapper);
        }
        await SomeMoreAsync(ledger, relay);
        await load.StopAsync();
        await relay.UntilIdleAsync(Deadline);

        Assert.Equal((0, 0), (load.NotConnected, load.InDoubt));
        Assert.Empty(load.Complaints);
        Assert.Empty(ledger.LostAt(sink));
        Assert.Empty(Ledger.DoubledAt(sink));
    }

    [Fact]
    public async Task O11_ConnectionDuringTheStop_IsTakenByTheNextProcess()
    {
        await using var sink = new SinkServer();
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        await using var holder = await SocketHolder.StartAsync(relay.Port, relay.HttpPort);
        await relay.StartAsync(holder.Wrapper);
        await relay.StopAsync(Deadline);

        var submitting = SmtpConversation.SubmitAsync(relay.Port, TestMessage.Create("waited"));
        await relay.StartAsync(holder.Wrapper);

        Assert.Equal(250, (await submitting).Code);
        await Wait.UntilAsync(() => sink.CountOf("waited") == 1, Deadline, () => relay.Log);
    }

    [Fact]
    public async Task O11_SocketWithoutItsListener_IsAConfigurationError()
    {
        var port = FreePort.Next();
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        await using var holder = await SocketHolder.StartAsync(port);

        relay.Launch(holder.Wrapper);

        Assert.Equal(BadConfiguration, await relay.WaitForExitAsync(Deadline));
        Assert.Contains($"127.0.0.1:{port} ('smtp')", relay.Log);
    }

    private static Task SomeMoreAsync(Ledger ledger, RelayProcess relay)
    {
        var goal = ledger.Count + 500;
        return Wait.UntilAsync(() => ledger.Count >= goal, Deadline, () => $"{ledger.Count} of {goal} acknowledged:\n{relay.Log}");
    }
}
