using System.Net;

namespace OutreachRelay.Protocols.Proxy;

/// <summary>What a proxy says of the connection that it passes on (the PROXY protocol of HAProxy, versions 1 and 2).</summary>
/// <param name="Source">The client's address; <see langword="null"/> when the proxy speaks for itself (LOCAL, §2.2), as in its health checks.</param>
/// <param name="Destination">The address that the client connected to; <see langword="null"/> together with <paramref name="Source"/>.</param>
public sealed record ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination);

/// <summary>What became of reading a header.</summary>
public enum ProxyHeaderStatus
{
    /// <summary>More octets are needed; so far it could be a header.</summary>
    Incomplete,

    Complete,

    /// <summary>No header of TCP over IPv4 or IPv6, or one that is malformed or too large. Nothing of it may be believed.</summary>
    Invalid,
}
