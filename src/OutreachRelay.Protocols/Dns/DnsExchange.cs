using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Protocols.Dns;

/// <summary>One question to one server and its reply, over one transport, within one time-out.</summary>
internal sealed class DnsExchange(TimeSpan timeout, TimeProvider time)
{
    /// <summary>After so many datagrams that are not the answer somebody is guessing: TCP can't be guessed into.</summary>
    private const int MaxStrangers = 16;

    private const int MaxMessage = ushort.MaxValue;

    /// <returns>The reply; <see cref="DnsReading.Truncated"/> also where only TCP can tell a forged answer from an odd one.</returns>
    public Task<DnsReading> OverUdpAsync(IPEndPoint server, DnsQuery query, CancellationToken cancel) => WithinTimeoutAsync(async (buffer, limit) =>
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // A connected socket takes datagrams of this server only, and has a random port of its own (RFC 5452 §9.2, RFC 6056).
        await socket.ConnectAsync(server, limit);
        await socket.SendAsync(query.Octets, SocketFlags.None, limit);
        for (var strangers = 0; strangers < MaxStrangers; strangers++)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, limit);
            var match = query.Match(buffer.AsSpan(0, length));
            if (match == DnsMatch.Answer)
                return DnsMessage.Read(buffer.AsSpan(0, length), query);
            if (match == DnsMatch.CaseDiffers)
                break;
        }
        return new DnsReading(null, Truncated: true);
    }, cancel);

    public Task<DnsReading> OverTcpAsync(IPEndPoint server, DnsQuery query, CancellationToken cancel) => WithinTimeoutAsync(async (buffer, limit) =>
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, limit);
        await using var stream = new NetworkStream(socket);

        // RFC 1035 §4.2.2: two octets of length before each message; RFC 7766 §8: in one write.
        var length = query.Octets.Length;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
        query.Octets.CopyTo(buffer.AsMemory(2));
        await stream.WriteAsync(buffer.AsMemory(0, length + 2), limit);

        await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), limit);
        length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        await stream.ReadExactlyAsync(buffer.AsMemory(0, length), limit);
        return query.Match(buffer.AsSpan(0, length)) == DnsMatch.Stranger
            ? new DnsReading(DnsAnswer.TemporaryError("answer to another question"))
            : DnsMessage.Read(buffer.AsSpan(0, length), query);
    }, cancel);

    private async Task<DnsReading> WithinTimeoutAsync(Func<byte[], CancellationToken, Task<DnsReading>> exchange, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage);
        try
        {
            return await exchange(buffer, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new DnsReading(DnsAnswer.TemporaryError("timeout"));
        }
        catch (SocketException error)
        {
            return new DnsReading(DnsAnswer.TemporaryError($"server not reached: {error.SocketErrorCode}"));
        }
        catch (IOException)
        {
            return new DnsReading(DnsAnswer.TemporaryError("connection lost"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
