using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>
/// Submits at a fixed rate, whatever the server does: each message has its turn, and a connection that has come as far as DATA waits for it. Where no connection
/// is ready the turn passes and the message is late: its time counts from its turn on, so that a server that stalls does not hide those that it keeps
/// from being sent.
/// </summary>
/// <remarks>A thread for each connection, because a thread that waits in the kernel is woken by the reply itself.</remarks>
internal sealed class OpenLoop(int port, double rate, int messages, byte[] content)
{
    private static int _runs;

    private readonly string _run = Interlocked.Increment(ref _runs).ToString(CultureInfo.InvariantCulture);
    private readonly byte[] _content = [.. content, .. ".\r\n"u8];
    private readonly TimeSpan[] _times = new TimeSpan[messages];
    private readonly TimeSpan[] _wakes = new TimeSpan[messages];
    private long _start;
    private int _next = -1;
    private int _late;

    /// <summary>Messages that waited for a connection.</summary>
    public int Late => _late;

    /// <summary>By how much each thread was woken after its turn: what the machine adds to every wait, the server's too. Not counted in the times.</summary>
    public TimeSpan[] Wakes => _wakes;

    /// <summary>Runs to the end.</summary>
    /// <returns>How long each message waited for its reply.</returns>
    public TimeSpan[] Run(int connections)
    {
        var failures = new List<Exception>();
        // Every connection has come as far as DATA before the first turn.
        using var ready = new Barrier(connections, _ => _start = Stopwatch.GetTimestamp());
        var threads = Enumerable.Range(0, connections).Select(_ => new Thread(() => Guard(() => Submit(ready), failures), 256 * 1024)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failures.Count == 0 ? _times : throw new AggregateException(failures);
    }

    private static void Guard(Action act, List<Exception> failures)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            lock (failures)
                failures.Add(e);
        }
    }

    private void Submit(Barrier ready)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var buffer = new byte[4096];
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            Expect(socket, buffer, 1, "220");
            Say(socket, "EHLO crm.example\r\n");
            Expect(socket, buffer, 1, "250");
        }
        finally
        {
            ready.SignalAndWait();
        }
        for (var i = Interlocked.Increment(ref _next); i < messages; i = Interlocked.Increment(ref _next))
        {
            Say(socket, $"MAIL FROM:<chris@crm.example>\r\nRCPT TO:<latency{_run}-{i}@dest.example>\r\nDATA\r\n");
            Expect(socket, buffer, 3, "354");
            var from = AwaitTurn(i);
            socket.Send(_content);
            Expect(socket, buffer, 1, "250");
            _times[i] = Stopwatch.GetElapsedTime(from);
        }
        Say(socket, "QUIT\r\n");
    }

    /// <returns>From when on the message's time counts: when it is sent, or the turn that has passed.</returns>
    private long AwaitTurn(int i)
    {
        var turn = _start + (long)(i / rate * Stopwatch.Frequency);
        var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), turn);
        if (wait <= TimeSpan.Zero)
        {
            Interlocked.Increment(ref _late);
            return turn;
        }
        var time = new TimeSpec(wait.Seconds, wait.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        _ = nanosleep(in time, 0);
        _wakes[i] = Stopwatch.GetElapsedTime(turn);
        return Stopwatch.GetTimestamp();
    }

    private static void Say(Socket socket, string commands) => socket.Send(Encoding.ASCII.GetBytes(commands));

    /// <summary>Reads so many replies, of which the last must have this code.</summary>
    private static void Expect(Socket socket, byte[] buffer, int replies, string code)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var read = socket.Receive(buffer.AsSpan(filled));
            if (read == 0)
                throw new IOException("the connection was closed");
            filled += read;
            var text = Encoding.ASCII.GetString(buffer, 0, filled);
            var last = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(static line => line is [_, _, _, ' ', ..]).ToList();
            if (!text.EndsWith("\r\n", StringComparison.Ordinal) || last.Count < replies)
                continue;
            if (!last[^1].StartsWith(code, StringComparison.Ordinal))
                throw new IOException($"{code} was expected: {text}");
            return;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [DllImport("libc")]
    private static extern int nanosleep(in TimeSpec wait, nint remaining);
}
