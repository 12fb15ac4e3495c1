using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using KnownKeys = OutreachRelay.Configuration.Reading.KnownKeys;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>Two relays, each with its own store, behind a load balancer.</summary>
[Collection(HeavyCollection.Name)]
public sealed class BalancerTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly bool ProxyProtocol = KnownKeys.Listener.Keys["proxy_protocol_from"].InForce;

    private readonly SinkServer _sink = new();
    private RelayProcess _one = null!;
    private RelayProcess _two = null!;

    public async ValueTask InitializeAsync()
    {
        var config = new RelayConfig
        {
            Upstreams = [new("sink", _sink.Port)],
            ListenerKeys = ProxyProtocol ? "proxy_protocol_from = [\"127.0.0.1/32\"]" : "",
            More = "\n[log]\nlevel = \"debug\"\n",
        };
        _one = await RelayProcess.StartAsync(config);
        _two = await RelayProcess.StartAsync(config with { Networks = ["127.0.0.7/32"] });
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task O11_OneOfTwoRestartsBehindNginx_ClientsMayRetryAndNothingIsLostOrDoubled()
    {
        await using var balancer = await Balancer.StartNginxAsync(ProxyProtocol, _one, _two);

        await RestartUnderLoadAsync(balancer);
    }

    [Fact]
    public async Task O11_OneOfTwoRestartsBehindHaproxy_ClientsMayRetryAndNothingIsLostOrDoubled()
    {
        await using var balancer = await Balancer.StartHaproxyAsync(ProxyProtocol, _one, _two);

        await RestartUnderLoadAsync(balancer);
    }

    [Fact]
    public async Task R42_BehindNginx_ClientsAddressCountsForAccessReceivedAndLog()
    {
        Assert.SkipUnless(ProxyProtocol, "proxy_protocol_from is not in force");
        await using var balancer = await Balancer.StartNginxAsync(ProxyProtocol, _two);

        await ClientsAddressCountsAsync(balancer);
    }

    [Fact]
    public async Task R42_BehindHaproxy_ClientsAddressCountsForAccessReceivedAndLog()
    {
        Assert.SkipUnless(ProxyProtocol, "proxy_protocol_from is not in force");
        await using var balancer = await Balancer.StartHaproxyAsync(ProxyProtocol, _two);

        await ClientsAddressCountsAsync(balancer);
    }

    private async Task RestartUnderLoadAsync(Balancer balancer)
    {
        var ledger = new Ledger();
        await using var load = LoadGenerator.Start(balancer.Port, ledger);
        foreach (var relay in (RelayProcess[])[_one, _two, _one])
        {
            await SomeMoreAsync(ledger);
            Assert.Equal(0, await relay.StopAsync(Deadline));
            await SomeMoreAsync(ledger);
            await relay.StartAsync();
        }
        await SomeMoreAsync(ledger);
        await load.StopAsync();
        await _one.UntilIdleAsync(Deadline);
        await _two.UntilIdleAsync(Deadline);

        Assert.Equal(0, load.InDoubt);
        Assert.Empty(load.Complaints);
        Assert.Empty(ledger.LostAt(_sink));
        Assert.Empty(Ledger.DoubledAt(_sink));
    }

    // The balancer itself is at 127.0.0.1, which may submit: were its address taken, 127.0.0.8 could.
    private async Task ClientsAddressCountsAsync(Balancer balancer)
    {
        await using var known = await SmtpConversation.ConnectAsync(balancer.Port, "127.0.0.7");
        await using var unknown = await SmtpConversation.ConnectAsync(balancer.Port, "127.0.0.8");

        Assert.Equal(250, (await known.SubmitAsync(TestMessage.Create("from-7"))).Code);
        Assert.Equal(530, (await unknown.SubmitAsync(TestMessage.Create("from-8"))).Code);
        await known.SendAsync("QUIT");

        await Wait.UntilAsync(() => _sink.CountOf("from-7") == 1, Deadline, () => _two.Log);
        Assert.Contains("[127.0.0.7]", Assert.Single(_sink.Messages).Field("Received"));
        await Wait.UntilAsync(() => _two.Log.Contains("Session with 127.0.0.7 ended"), Deadline, () => _two.Log);
    }

    private Task SomeMoreAsync(Ledger ledger)
    {
        var goal = ledger.Count + 500;
        return Wait.UntilAsync(() => ledger.Count >= goal, Deadline, () => $"{ledger.Count} of {goal} acknowledged:\n{_one.Log}\n{_two.Log}");
    }
}
