using System.Globalization;
using System.Net.Sockets;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Ten thousand connections at a time, and one client that has mail.</summary>
[Collection(HeavyCollection.Name)]
public sealed class ManyConnectionsTests : IAsyncLifetime
{
    private const int PerAddress = 50;
    private const int MostMemory = 600; // MiB
    private const int MostMemoryPerConnection = 32; // KiB

    private static readonly int Connections = ConnectionCrowd.Affordable(10_000);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly SinkServer _sink = new();
    private readonly ConnectionCrowd _crowd = new(firstNet: 10);
    private RelayProcess _relay = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _crowd.DisposeAsync();
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task R45_TenThousandIdleConnections_CostLittleAndDelayNobody()
    {
        await StartAsync(Connections + 100);
        await using var good = new GoodClient(_relay.Port, "NOOP");
        await good.ServedAsync(_relay);
        var before = ProcessFigures.Memory(_relay.Id);

        var greeted = await _crowd.OpenAsync(_relay.Port, Connections, PerAddress, BeginAsync);
        var perConnection = (ProcessFigures.Memory(_relay.Id) - before) * 1024.0 / Connections;
        await good.ServedWellAsync(_relay, $"{greeted} idle connections from {Connections / PerAddress} addresses, {perConnection:F1} KiB each", MostMemory);
        Assert.Equal(Connections, greeted);
        Assert.InRange(perConnection, 0, MostMemoryPerConnection);

        await _crowd.DisposeAsync();
        await Wait.UntilAsync(
            async () => await _relay.MetricAsync("outreach_receive_connections") <= 2, Deadline, () => "the count does not fall");
    }

    [Fact]
    public async Task R45_MoreConnectionsThanTheLimit_AreTurnedAwayWith421AndAnotherPortIsServed()
    {
        var limit = Connections / 3;
        var port = FreePort.Next();
        await StartAsync(limit, string.Create(CultureInfo.InvariantCulture, $"\n[[listener]]\naddress = \"127.0.0.1:{port}\"\ntls = \"none\"\n"));
        await using var good = new GoodClient(port, "NOOP");
        await good.ServedAsync(_relay);

        var turnedAway = 0;
        var greeted = await _crowd.OpenAsync(_relay.Port, Connections, PerAddress, async (socket, _) =>
        {
            var first = await ConnectionCrowd.ReadAsync(socket);
            if (first.StartsWith("421 4.7.0 ", StringComparison.Ordinal) && await ConnectionCrowd.ReadAsync(socket) == "")
                Interlocked.Increment(ref turnedAway);
            return first.StartsWith("220 ", StringComparison.Ordinal);
        });

        await good.ServedWellAsync(_relay, $"{greeted} idle connections, {turnedAway} turned away", MostMemory);
        Assert.Equal(limit, greeted);
        Assert.Equal(Connections - limit, turnedAway);
    }

    private async Task StartAsync(int limit, string more = "") => _relay = await RelayProcess.StartAsync(
        new RelayConfig { Upstreams = [new("sink", _sink.Port)], Connections = limit, ConnectionsPerAddress = PerAddress, More = more });

    // Half of them stop at the greeting, half behind EHLO.
    private static async Task<bool> BeginAsync(Socket socket, int number)
    {
        var greeting = await ConnectionCrowd.ReadAsync(socket);
        if (number % 2 == 0)
            return greeting.StartsWith("220 ", StringComparison.Ordinal);
        await socket.SendAsync("EHLO x\r\n"u8.ToArray());
        return (await ConnectionCrowd.ReadAsync(socket)).StartsWith("250-", StringComparison.Ordinal);
    }
}
