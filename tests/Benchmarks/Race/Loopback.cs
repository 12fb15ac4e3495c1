using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>The network between clients, servers and sinks.</summary>
internal static class Loopback
{
    private const int TcpMaxSegment = 2; // TCP_MAXSEG, tcp(7)

    /// <summary>The most octets of a connection that one packet carries: 65,483 on an ordinary loopback, 1,448 on the one that <c>tests/bench.sh</c> makes.</summary>
    public static int LargestSegment { get; } = Ask();

    private static int Ask()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        client.Connect(listener.LocalEndPoint!);
        var octets = new byte[sizeof(int)];
        client.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpMaxSegment, octets);
        return BitConverter.ToInt32(octets);
    }
}
