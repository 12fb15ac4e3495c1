using System.Text;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>While others do their worst, a good client is served and memory stays bounded.</summary>
[Collection(HeavyCollection.Name)]
public sealed class HostileClientTests : IAsyncLifetime
{
    private readonly NetworkRelay _door = new(connectionsPerAddress: 200);
    private HostileClients _hostile = null!;
    private GoodClient _good = null!;

    public async ValueTask InitializeAsync()
    {
        await _door.InitializeAsync();
        _hostile = new HostileClients(_door);
        _good = new GoodClient(_door.Relay.Port, HostileClients.Login().Split("\r\n")[1]);
        await Wait.UntilAsync(() => _good.Taken > 0, TimeSpan.FromSeconds(20), () => $"no message is taken:\n{_door.Relay.Log}");
    }

    public async ValueTask DisposeAsync()
    {
        await _good.DisposeAsync();
        await _hostile.DisposeAsync();
        await _door.DisposeAsync();
    }

    [Fact]
    public async Task R43_R45_SlowClientsAtEachStageAndAFlood_LeaveRoomForOthers()
    {
        await _hostile.StandStillAsync(perStage: 25);
        var turnedAway = await _hostile.FloodAsync(500);
        Assert.InRange(turnedAway, 400, 500);
        await _good.ServedWellAsync(_door.Relay, $"{_hostile.Count} hostile connections, {turnedAway} turned away");

        await _hostile.LeaveAsync();
        await Wait.UntilAsync(async () => await ConnectionsAsync() <= 2, TimeSpan.FromSeconds(20), () => "the count does not fall");
    }

    [Fact]
    public async Task R45_ManySessionsWithLargeContent_CostBuffersAndNotMessages()
    {
        var line = Encoding.ASCII.GetBytes(new string('x', 900) + "\r\n");
        var piece = Enumerable.Repeat(line, 100).SelectMany(octets => octets).ToArray();
        var start = HostileClients.Login() + HostileClients.Envelope + "DATA\r\nSubject: x\r\n\r\n";
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _hostile.PourAsync(start, piece, pieces: 40)));
        await _good.ServedWellAsync(_door.Relay, $"100 sessions with 3.6 MB of content each, not ended");
    }

    [Fact]
    public async Task R7_R8_R35_EndlessInput_IsRefused()
    {
        Assert.EndsWith("421 4.5.2 The line has no end\r\n", await _hostile.SayAsync(new string('x', 10 << 20)));
        var fields = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: x\r\n"));
        Assert.Contains("550 5.6.0 ", await _hostile.SayAsync(HostileClients.Login() + HostileClients.Envelope + "DATA\r\n" + fields + "\r\nx\r\n.\r\nQUIT\r\n"));
        var field = "X: " + string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n ", 1200)) + "x\r\n";
        Assert.Contains("552 5.3.4 ", await _hostile.SayAsync(HostileClients.Login() + HostileClients.Envelope + "DATA\r\n" + field + "\r\nx\r\n.\r\nQUIT\r\n"));
        Assert.Contains("421 4.3.4 ", await _hostile.SayAsync(HostileClients.Login() + HostileClients.Envelope + "BDAT 99999999999 LAST\r\n"));
        Assert.Contains("501 5.5.4 ", await _hostile.SayAsync(HostileClients.Login() + HostileClients.Envelope + "BDAT -1\r\n"));
        var chunks = string.Concat(Enumerable.Repeat("BDAT 1\r\nx", 20_000));
        Assert.Contains("550 5.6.0 ", await _hostile.SayAsync(HostileClients.Login() + HostileClients.Envelope + chunks + "QUIT\r\n"));
        Assert.DoesNotContain("220 ", await _hostile.SayAsync("PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n", _door.ForeignPort));
        await _good.ServedWellAsync(_door.Relay, $"lines, fields and chunks without end");
    }

    [Fact]
    public async Task R43_CommandsWithoutEndAndRepliesNotRead_AreHeldBack()
    {
        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("NOOP\r\n", 10_000)));
        var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _hostile.PourAsync("EHLO x\r\n", commands, pieces: 1000)));
        Assert.All(ends, end => Assert.Equal("cut off", end));
        await _good.ServedWellAsync(_door.Relay, $"20 clients that do not read");
        await _hostile.LeaveAsync();
        await Wait.UntilAsync(async () => await ConnectionsAsync() <= 2, TimeSpan.FromSeconds(20), () => "the count does not fall");
    }

    private Task<double> ConnectionsAsync() => _door.Relay.MetricAsync("outreach_receive_connections");
}
