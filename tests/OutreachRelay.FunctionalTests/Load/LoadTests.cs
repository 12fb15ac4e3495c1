using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>The load generator against the sink alone: the instruments work before they judge the relay.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task Start_AgainstTheSink_EveryAcknowledgedMessageArrivedOnce()
    {
        await using var sink = new SinkServer();
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(sink.Port, ledger, connections: 10);

        await Wait.UntilAsync(() => ledger.Count >= 500, TimeSpan.FromSeconds(20), () => $"{ledger.Count} acknowledged");
        await load.StopAsync();

        Assert.Empty(ledger.LostAt(sink));
        Assert.Empty(Ledger.DoubledAt(sink));
    }

    [Fact]
    public async Task LostAt_SinkThatRefusesSomeWithoutTelling_NamesThem()
    {
        await using var sink = new SinkServer { OnMessage = m => m.TestId == "m3" ? new SinkAction.Reply("250 2.0.0 never kept") : null };
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(sink.Port, ledger, connections: 1);

        await Wait.UntilAsync(() => ledger.Count >= 5, TimeSpan.FromSeconds(20), () => $"{ledger.Count} acknowledged");
        await load.StopAsync();

        Assert.Equal(["m3"], ledger.LostAt(sink));
    }
}
