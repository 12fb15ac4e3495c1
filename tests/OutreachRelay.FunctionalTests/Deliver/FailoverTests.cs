using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>An upstream fails; the client notices nothing.</summary>
public sealed class FailoverTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task S1_FirstUpstreamDead_LeavesByTheSecondAtOnce()
    {
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("dead", FreePort.Next()), new("second", second.Port, Tier: 2)], Retry = """["1h"]""" });

        var id = await relay.SubmitAsync(TestMessage.Create("failover"));

        await Wait.UntilAsync(() => second.CountOf("failover") == 1, Soon, () => $"not by the second:\n{relay.Log}");
        await relay.UntilStateAsync(id, "relayed");
    }

    [Fact]
    public async Task S7_FirstUpstreamClosesAtMail_LeavesByTheSecondAtOnce()
    {
        await using var first = new SinkServer { OnMail = _ => new SinkAction.Drop() };
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("first", first.Port), new("second", second.Port, Tier: 2)], Retry = """["1h"]""" });

        await relay.SubmitAsync(TestMessage.Create("failover"));

        await Wait.UntilAsync(() => second.CountOf("failover") == 1, Soon, () => $"not by the second:\n{relay.Log}");
        Assert.Empty(first.Messages);
    }

    [Fact]
    public async Task S2_NameOfTheFirstUpstreamIsNotResolved_LeavesByTheSecondAndStatusSaysWhy()
    {
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("lost", 25, Host: "smtp.nowhere.invalid"), new("second", second.Port, Tier: 2)], Retry = """["1h"]""" });

        // So many failures open its circuit.
        string[] ids = ["a", "b", "c", "d"];
        foreach (var id in ids)
            await relay.UntilStateAsync(await relay.SubmitAsync(TestMessage.Create(id)), "relayed");

        Assert.All(ids, id => Assert.Equal(1, second.CountOf(id)));
        var lost = (await relay.JsonAsync("status")).GetProperty("upstreams")[0];
        Assert.Equal("open", lost.GetProperty("state").GetString());
        Assert.Contains("smtp.nowhere.invalid was not resolved", lost.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task S41_AllUpstreamsDead_IsAcceptedAndLeavesWhenOneReturns()
    {
        var port = FreePort.Next();
        await using var relay = await RelayProcess.StartAsync(
            new RelayConfig { Upstreams = [new("away", port)], Retry = """["1h"]""", ProbeInterval = "1s" });
        var id = await relay.SubmitAsync(TestMessage.Create("waits"));
        await relay.UntilStateAsync(id, "queued");

        await using var back = new SinkServer(port);

        await Wait.UntilAsync(() => back.CountOf("waits") == 1, TimeSpan.FromSeconds(60), () => $"still waiting:\n{relay.Log}");
    }
}
