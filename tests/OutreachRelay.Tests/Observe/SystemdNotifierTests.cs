using System.Net.Sockets;
using System.Text;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class SystemdNotifierTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("notify");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void O11_Notifications_ReachTheSocket()
    {
        var path = Path.Combine(_directory.FullName, "s");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        using var notifier = new SystemdNotifier(name => name switch { "NOTIFY_SOCKET" => path, "WATCHDOG_USEC" => "60000000", _ => null });

        notifier.Waiting("the disk is nearly full", TimeSpan.FromSeconds(10));
        notifier.Ready();

        Assert.Equal("STATUS=Not ready: the disk is nearly full\nEXTEND_TIMEOUT_USEC=10000000", Receive(systemd));
        Assert.Equal("READY=1\nSTATUS=", Receive(systemd));
        Assert.Equal(TimeSpan.FromSeconds(30), notifier.WatchdogInterval);
    }

    [Fact]
    public void Notifications_WithoutSystemd_DoNothing()
    {
        using var notifier = new SystemdNotifier(_ => null);

        notifier.Ready();

        Assert.Null(notifier.WatchdogInterval);
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
