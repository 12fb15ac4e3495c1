using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.FunctionalTests.Store;

namespace OutreachRelay.FunctionalTests.Operate;

/// <summary>What the relay tells systemd.</summary>
public sealed class SystemdTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<string> _heard = new();
    private long _lastHeard = Environment.TickCount64;

    public SystemdTests()
    {
        _socket.Bind(new UnixDomainSocketEndPoint(_directory.Combine("notify")));
        _ = Task.Run(ListenAsync);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task O11_StartAndStop_AreToldWhenTheyAreTrue()
    {
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        relay.Launch(Wrapper());
        await UntilHeardAsync("READY=1", relay);

        Assert.Equal(System.Net.HttpStatusCode.OK, await relay.StatusOfAsync("/readyz"));
        await relay.SubmitAsync(TestMessage.Create("ready"));
        Assert.Equal(0, await relay.StopAsync(Deadline));
        await UntilHeardAsync("STOPPING=1", relay);
    }

    [Fact]
    public async Task O11_DiskFullAtTheStart_IsNotReadyAndSaysWhy()
    {
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", FreePort.Next())], MinFreeSpace = "1000000GiB" });

        relay.Launch(Wrapper());
        await UntilHeardAsync("STATUS=Not ready: ", relay);

        Assert.DoesNotContain(_heard, message => message.Contains("READY=1"));
        Assert.Equal(0, await relay.StopAsync(Deadline));
    }

    [Fact]
    public async Task O11_Watchdog_IsFedUntilTheDiskHangs()
    {
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("sink", FreePort.Next())] });
        await relay.StartAsync(Wrapper("WATCHDOG_USEC=1000000"));
        await UntilHeardAsync("WATCHDOG=1", relay);

        await using var waiting = await SmtpConversation.ConnectAsync(relay.Port);
        await using (await FaultyDisk.HangUnderAsync(relay.Id))
        {
            _ = waiting.SubmitAsync(TestMessage.Create("hanging"));
            // Two seconds of silence are two missed limits; a relay that goes on feeding never lets them pass.
            await Wait.UntilAsync(() => !HeardWithin(TimeSpan.FromSeconds(2)), Deadline, () => "the watchdog is still fed");
        }

        // The disk works again, and so does the relay.
        await Wait.UntilAsync(() => HeardWithin(TimeSpan.FromSeconds(1)), Deadline, () => relay.Log);
    }

    private string[] Wrapper(params string[] more) => ["env", $"NOTIFY_SOCKET={_directory.Combine("notify")}", .. more];

    private Task UntilHeardAsync(string text, RelayProcess relay) => Wait.UntilAsync(
        () => _heard.Any(message => message.Contains(text)), Deadline, () => $"{text} was not told:\n{relay.Log}");

    private bool HeardWithin(TimeSpan time) => Environment.TickCount64 - Volatile.Read(ref _lastHeard) < time.TotalMilliseconds;

    private async Task ListenAsync()
    {
        var buffer = new byte[1024];
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(buffer);
                Volatile.Write(ref _lastHeard, Environment.TickCount64);
                _heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test ended.
        }
    }
}
