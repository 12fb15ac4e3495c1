using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>A DNS server on loopback, UDP and TCP on one port, that can be told to misbehave.</summary>
public sealed class ZoneServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private readonly Task[] _loops;

    public ZoneServer(Zone zone)
    {
        Zone = zone;
        (_udp, _tcp) = Bind();
        _loops = [Task.Run(ServeUdpAsync), Task.Run(ServeTcpAsync)];
    }

    public IPEndPoint Address => (IPEndPoint)_udp.LocalEndPoint!;

    public Zone Zone { get; set; }

    /// <summary>Makes the datagrams that go out instead of the honest reply.</summary>
    public Func<ServedQuery, byte[], IEnumerable<byte[]>> OverUdp { get; set; } = (query, reply) =>
        [reply.Length > (query.HasEdns ? 1232 : 512) ? ZoneMessage.Truncate(query, reply) : reply];

    /// <summary>Changes the reply over TCP; none closes the connection.</summary>
    public Func<ServedQuery, byte[], byte[]?> OverTcp { get; set; } = (_, reply) => reply;

    /// <summary>Whether a name that the zone is silent about has a server failure instead.</summary>
    public bool FailsInsteadOfSilence { get; set; }

    public (uint Ttl, uint Minimum)? Negative { get; set; }

    public ConcurrentQueue<(string Name, DnsType Type, bool Tcp, int Port, int Id)> Asked { get; } = new();

    /// <summary>A resolver that asks this server alone.</summary>
    public StubResolver Resolver(double seconds = 10, int attempts = 1) =>
        new(new StubResolverOptions { Servers = [Address], Timeout = TimeSpan.FromSeconds(seconds), Attempts = attempts }, TimeProvider.System, new Random(1));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Stop();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    // A port that is free for UDP may be taken for TCP.
    private static (Socket, TcpListener) Bind()
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var tcp = new TcpListener((IPEndPoint)udp.LocalEndPoint!);
            try
            {
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException) when (attempt < 50)
            {
                udp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var got = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                var query = ServedQuery.Read(buffer[..got.ReceivedBytes]);
                if (Reply(query, (IPEndPoint)got.RemoteEndPoint, tcp: false) is not { } reply)
                    continue;
                foreach (var datagram in OverUdp(query, reply))
                    await _udp.SendToAsync(datagram, got.RemoteEndPoint, _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidOperationException or SocketException)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _tcp.AcceptTcpClientAsync(_stop.Token);
                await ServeAsync(connection);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidOperationException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        var stream = connection.GetStream();
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, _stop.Token);
        var octets = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(octets, _stop.Token);
        var query = ServedQuery.Read(octets);
        if (Reply(query, (IPEndPoint)connection.Client.RemoteEndPoint!, tcp: true) is not { } honest || OverTcp(query, honest) is not { } reply)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)reply.Length);
        await stream.WriteAsync((byte[])[.. length, .. reply], _stop.Token);
    }

    private byte[]? Reply(ServedQuery query, IPEndPoint peer, bool tcp)
    {
        Asked.Enqueue((query.Name, query.Type, tcp, peer.Port, BinaryPrimitives.ReadUInt16BigEndian(query.Octets)));
        var answer = Zone.Find(query.Name, query.Type) ?? (FailsInsteadOfSilence ? new ZoneAnswer(2, []) : null);
        return answer is null ? null : ZoneMessage.Write(query, answer, negative: Negative);
    }
}
