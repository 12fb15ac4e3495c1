using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>SIGTERM.</summary>
[Collection(HeavyCollection.Name)]
public sealed class StopTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task O9_TerminateUnderLoad_ExitsCleanlyAndEverythingArrivesOnce()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(relay.Port, ledger);
        await Wait.UntilAsync(() => ledger.Count > 1000, Deadline, () => $"no load:\n{relay.Log}");

        Assert.Equal(0, await relay.StopAsync(Deadline));
        await load.StopAsync();
        await relay.StartAsync();
        await relay.UntilIdleAsync(Deadline);

        Assert.Empty(ledger.LostAt(sink));
        Assert.Empty(Ledger.DoubledAt(sink));
    }

    [Fact]
    public async Task R47_TerminateWithAMessageOnItsWay_IdleSessionHears421AndTheMessageItsReply()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        await using var idle = await SmtpConversation.ConnectAsync(relay.Port);
        await using var busy = await SmtpConversation.ConnectAsync(relay.Port);
        await busy.SendAsync("MAIL FROM:<chris@crm.example>");
        await busy.SendAsync("RCPT TO:<prospect@dest.example>");
        await busy.SendAsync("DATA");

        relay.Signal(Signal.Terminate);
        Assert.Equal(421, (await idle.ReadReplyAsync()).Code);
        Assert.Equal(250, (await busy.FinishAsync(TestMessage.Create("late"))).Code);

        Assert.Equal(0, await relay.WaitForExitAsync(Deadline));
    }
}
