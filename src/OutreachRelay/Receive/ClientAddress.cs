using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Receive;

/// <summary>Addresses of clients, in the forms in which they are compared and counted.</summary>
internal static class ClientAddress
{
    /// <summary>The address, as IPv4 where it is one.</summary>
    public static IPAddress Plain(EndPoint? endPoint) =>
        endPoint is not IPEndPoint { Address: var address } ? IPAddress.None : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>What one client has to itself: an IPv4 address, or a /64 of IPv6, in which it may take any address it likes (RFC 6177 §2).</summary>
    public static IPAddress Group(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }
}
