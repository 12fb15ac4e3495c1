using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Configuration;

/// <summary>From where an address can be reached.</summary>
public enum AddressReach
{
    /// <summary>From the internet.</summary>
    Public,

    /// <summary>From this machine or its own network only.</summary>
    Private,

    /// <summary>No host can have it: unspecified, multicast, reserved.</summary>
    None,
}

/// <summary>Classifies addresses by the registries of special-purpose addresses (RFC 6890).</summary>
public static class AddressReaches
{
    /// <summary>Private are loopback, RFC 1918, link-local, carrier-grade NAT (RFC 6598) and unique local addresses (RFC 4193).</summary>
    /// <remarks>An IPv4 address inside an IPv6 one counts as itself: mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056).</remarks>
    public static AddressReach Of(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        return address.AddressFamily == AddressFamily.InterNetwork ? OfIPv4(octets[..4]) : OfIPv6(octets);
    }

    /// <summary>The first address of a host that is not where all of them should be; one spoils all, because the name is not what it was meant to be.</summary>
    public static IPAddress? FindOther(IEnumerable<IPAddress> addresses, AddressReach wanted) =>
        addresses.FirstOrDefault(address => Of(address) != wanted);

    private static AddressReach OfIPv4(ReadOnlySpan<byte> octets) => (octets[0], octets[1]) switch
    {
        (10 or 127, _) or (192, 168) or (169, 254) or (172, >= 16 and <= 31) or (100, >= 64 and <= 127) => AddressReach.Private,
        (0 or >= 224, _) => AddressReach.None,
        _ => AddressReach.Public,
    };

    private static AddressReach OfIPv6(ReadOnlySpan<byte> octets)
    {
        if (octets[..10].IndexOfAnyExcept((byte)0) < 0 && octets[10] == 0xFF && octets[11] == 0xFF)
            return OfIPv4(octets[12..]);
        if (octets[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]))
            return OfIPv4(octets[12..]);
        if (octets[..15].IndexOfAnyExcept((byte)0) < 0)
            return octets[15] == 1 ? AddressReach.Private : AddressReach.None;
        var start = BinaryPrimitives.ReadUInt16BigEndian(octets);
        return start switch
        {
            0x2002 => OfIPv4(octets[2..6]),
            // fc00::/7, fe80::/10, and fec0::/10, which RFC 3879 retired and old networks still use.
            >= 0xFC00 and <= 0xFDFF or >= 0xFE80 and <= 0xFEFF => AddressReach.Private,
            >= 0xFF00 or 0 => AddressReach.None,
            _ => AddressReach.Public,
        };
    }
}
