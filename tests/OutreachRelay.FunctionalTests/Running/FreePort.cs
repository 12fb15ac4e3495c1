using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>Ports on loopback for programs that we start.</summary>
internal static class FreePort
{
    private static int _next = 20_000 + (Environment.ProcessId % 5_000);

    /// <summary>
    /// A port that nobody listens on. Counted up below the range from which the kernel gives outgoing connections theirs,
    /// so that no client takes it before the program opens it, or between two lives of a program.
    /// </summary>
    public static int Next()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref _next);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException) when (port < 32_000)
            {
                // Taken: the next one.
            }
        }
    }
}
