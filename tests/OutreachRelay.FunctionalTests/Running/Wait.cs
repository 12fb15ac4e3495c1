using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>Waiting for conditions, never for an amount of time.</summary>
internal static class Wait
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns as soon as the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold before the deadline.</exception>
    public static Task UntilAsync(Func<bool> condition, TimeSpan deadline, Func<string> otherwise) =>
        UntilAsync(() => Task.FromResult(condition()), deadline, otherwise);

    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > deadline)
                throw new TimeoutException($"After {deadline.TotalSeconds} s: {otherwise()}");
            await Task.Delay(Step);
        }
    }

    /// <summary>Waits until something listens on the port and takes a connection.</summary>
    public static Task UntilListeningAsync(int port, TimeSpan deadline, Func<string> otherwise) =>
        UntilAsync(() => AcceptsAsync(port), deadline, otherwise);

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
