using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using OutreachRelay.Protocols.Proxy;

namespace OutreachRelay.Receive;

/// <summary>Who is at the other end of a connection.</summary>
/// <param name="Address">The client's address: of the socket, or what a trusted proxy says.</param>
/// <param name="IsLocal">Whether no octet of it crosses a network: both ends are loopback, and behind a proxy the client is as well.</param>
internal sealed record ConnectionPeer(IPAddress Address, bool IsLocal)
{
    // HAProxy asks for at least three seconds, for a lost packet of the header.
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);

    /// <summary>As the socket tells.</summary>
    public static ConnectionPeer Of(ConnectionContext connection)
    {
        var remote = ClientAddress.Plain(connection.RemoteEndPoint);
        return new ConnectionPeer(remote, IPAddress.IsLoopback(remote) && IPAddress.IsLoopback(ClientAddress.Plain(connection.LocalEndPoint)));
    }

    /// <summary>As the PROXY header tells, which must come first and from one of these networks.</summary>
    /// <param name="input">What is behind the header stays in it.</param>
    /// <returns><see langword="null"/> when there is nobody to talk to: no proxy of ours, no header in time, or one that is not valid.</returns>
    public async Task<ConnectionPeer?> BehindProxyAsync(
        PipeReader input, ImmutableArray<IPNetwork> proxies, TimeProvider time, CancellationToken cancel)
    {
        if (!proxies.Any(network => network.Contains(Address)))
            return null;
        using var deadline = new CancellationTokenSource(HeaderTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            return await ReadHeaderAsync(input, either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return null;
        }
    }

    private async Task<ConnectionPeer?> ReadHeaderAsync(PipeReader input, CancellationToken cancel)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var status = ProxyHeaderReader.TryRead(read.Buffer, out var header, out var length);
            if (status == ProxyHeaderStatus.Complete && !IsFollowedByAnother(read.Buffer.Slice(length)))
            {
                input.AdvanceTo(read.Buffer.GetPosition(length));
                return Behind(header!);
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (status != ProxyHeaderStatus.Incomplete || read.IsCompleted)
                return null;
        }
    }

    private static bool IsFollowedByAnother(ReadOnlySequence<byte> rest)
    {
        Span<byte> start = stackalloc byte[16];
        start = start[..(int)Math.Min(rest.Length, start.Length)];
        rest.Slice(0, start.Length).CopyTo(start);
        return ProxyHeaderReader.BeginsHeader(start);
    }

    private ConnectionPeer Behind(ProxyHeader header)
    {
        if (header.Source is null)
            return this;
        var client = ClientAddress.Plain(header.Source);
        return new ConnectionPeer(client, IsLocal && IPAddress.IsLoopback(client));
    }
}
