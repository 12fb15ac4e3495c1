using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OutreachRelay;

/// <summary>
/// Lets the runtime's thread that waits for sockets find several events at a time. As it is, the kernel puts it before the threads that work on what
/// it found, whenever a packet comes: on a busy machine that is two changes of context for each turn of each conversation.
/// </summary>
internal static class SocketEvents
{
    private const string Threads = "/proc/self/task";

    // What the runtime calls it; on machines with many processors there are several.
    private const string WaitingThread = ".NET Sockets";

    // SCHED_BATCH of sched(7): a thread that wakes does not push aside the one that runs. Where a processor is free it runs at once, like any other.
    private const int Batch = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Does so for this process.</summary>
    /// <returns>Whether the thread was found and the kernel agreed. All works without, only not as fast.</returns>
    public static async Task<bool> GatherAsync(TimeProvider time) =>
        Directory.Exists(Threads) && await AwakenAsync(time) && FindThreads() is { Count: > 0 } threads && threads.TrueForAll(TryGather);

    // A datagram to ourselves: when it was waited for and has come, the thread is there and has its name. A firewall may keep it.
    private static async Task<bool> AwakenAsync(TimeProvider time)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            using var patience = new CancellationTokenSource(Patience, time);
            var coming = socket.ReceiveAsync(new byte[1], patience.Token);
            await socket.SendToAsync(new byte[1], socket.LocalEndPoint!, patience.Token);
            await coming;
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static List<int> FindThreads() =>
        [.. Directory.EnumerateDirectories(Threads).Where(IsWaiting).Select(static thread => int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture))];

    private static bool IsWaiting(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd() == WaitingThread;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    private static bool TryGather(int thread)
    {
        // A struct sched_param, of which the one field is for real-time policies.
        var priority = 0;
        return SetScheduler(thread, Batch, ref priority) == 0;
    }

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    private static extern int SetScheduler(int thread, int policy, ref int priority);
}
