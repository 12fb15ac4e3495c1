using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Observe;

/// <summary>Tells systemd how we are: READY, RELOADING, STOPPING, and that we still make progress (sd_notify(3)). Does nothing elsewhere.</summary>
public sealed class SystemdNotifier : IDisposable
{
    private readonly Socket? _socket;

    /// <param name="environment">Yields <c>NOTIFY_SOCKET</c> and <c>WATCHDOG_USEC</c> where systemd set them.</param>
    public SystemdNotifier(Func<string, string?> environment)
    {
        if (environment("NOTIFY_SOCKET") is not { Length: > 1 } path)
            return;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        // A name that begins with @ is in the abstract namespace, written with a NUL in its place.
        _socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        if (long.TryParse(environment("WATCHDOG_USEC"), out var microseconds) && microseconds > 0)
            WatchdogInterval = TimeSpan.FromMicroseconds(microseconds / 2);
    }

    /// <summary>How often systemd wants to hear of us: half of its time limit; <see langword="null"/> when it does not watch.</summary>
    public TimeSpan? WatchdogInterval { get; }

    public void Ready() => Send("READY=1\nSTATUS=");

    /// <summary>The start goes on: shown by <c>systemctl status</c>, and no reason to give up within <paramref name="patience"/>.</summary>
    /// <param name="reason">One line.</param>
    public void Waiting(string reason, TimeSpan patience) =>
        Send(FormattableString.Invariant($"STATUS=Not ready: {reason}\nEXTEND_TIMEOUT_USEC={(long)patience.TotalMicroseconds}"));

    public void Stopping() => Send("STOPPING=1");

    /// <summary>To be sent only when the work goes on, not by a timer alone.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <summary>A reload has begun (Type=notify-reload wants the monotonic time with it).</summary>
    public void Reloading(TimeProvider time) =>
        Send(FormattableString.Invariant($"RELOADING=1\nMONOTONIC_USEC={time.GetTimestamp() * 1_000_000 / time.TimestampFrequency}"));

    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // Nobody listens: then nobody misses it.
        }
    }
}
