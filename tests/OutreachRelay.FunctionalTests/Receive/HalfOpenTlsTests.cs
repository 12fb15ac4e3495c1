using System.Diagnostics;
using System.Net.Sockets;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Thousands of handshakes that never end, beside clients that finish theirs; beside the other tests, because their end is waited for.</summary>
public sealed class HalfOpenTlsTests : IAsyncLifetime
{
    private const int MostMemory = 600; // MiB
    private const int MostMemoryPerConnection = 64; // KiB
    private const int PerAddress = 50;

    // The handshake's own time, and what a busy machine adds.
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    private static readonly int Connections = ConnectionCrowd.Affordable(4000);

    private readonly NetworkRelay _door = new(connectionsPerAddress: 200);
    private readonly ConnectionCrowd _crowd = new(firstNet: 10);

    public ValueTask InitializeAsync() => _door.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _crowd.DisposeAsync();
        await _door.DisposeAsync();
    }

    [Fact]
    public async Task R43_HandshakesThatNeverEnd_HoldTheirPlacesNoLongerThanTheTimeout()
    {
        var login = HostileClients.Login().Split("\r\n")[1];
        await using var good = new GoodClient(_door.StartTlsPort, login, startsTls: true);
        await good.ServedAsync(_door.Relay);
        var before = ProcessFigures.Memory(_door.Relay.Id);
        var watch = Stopwatch.StartNew();

        var opened = await _crowd.OpenAsync(_door.StartTlsPort, Connections / 2, PerAddress, BeginStartTlsAsync)
            + await _crowd.OpenAsync(_door.ImplicitPort, Connections / 2, PerAddress, BeginImplicitAsync);
        var perConnection = (ProcessFigures.Memory(_door.Relay.Id) - before) * 1024.0 / Connections;
        await good.ServedAsync(_door.Relay);
        Assert.Equal(Connections, opened);
        await Wait.UntilAsync(
            async () => await _door.Relay.MetricAsync("outreach_receive_connections") <= 2, Handshake + Slack, () => "half-open handshakes keep their places");

        await good.ServedWellAsync(
            _door.Relay, $"{opened} handshakes that never end, {perConnection:F1} KiB each, gone after {watch.Elapsed.TotalSeconds:F0} s", MostMemory);
        Assert.InRange(perConnection, 0, MostMemoryPerConnection);
    }

    // Half of them say nothing, half stop in the middle of their first record.
    private static async Task<bool> BeginStartTlsAsync(Socket socket, int number)
    {
        await ConnectionCrowd.ReadAsync(socket);
        await socket.SendAsync("EHLO x\r\n"u8.ToArray());
        await ConnectionCrowd.ReadAsync(socket);
        await socket.SendAsync("STARTTLS\r\n"u8.ToArray());
        return (await ConnectionCrowd.ReadAsync(socket)).StartsWith("220 ", StringComparison.Ordinal) && await BeginImplicitAsync(socket, number);
    }

    private static async Task<bool> BeginImplicitAsync(Socket socket, int number)
    {
        if (number % 2 == 0)
            await socket.SendAsync(HostileClients.HalfHandshake);
        return true;
    }
}
