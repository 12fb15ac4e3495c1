using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Protocols.Spf;

internal enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>A mechanism with its qualifier (RFC 7208 §4.6.1).</summary>
/// <param name="Qualifier">The result when it matches.</param>
/// <param name="Text">As published.</param>
internal sealed record SpfDirective(SpfResult Qualifier, SpfMechanism Mechanism, string Text)
{
    /// <summary>The domain-spec; <see langword="null"/> for the domain whose record it stands in.</summary>
    public MacroString? Domain { get; init; }

    /// <summary>The network of ip4 and ip6.</summary>
    public IPAddress? Network { get; init; }

    public int Prefix4 { get; init; } = 32;

    public int Prefix6 { get; init; } = 128;

    public bool QueriesDns => Mechanism is not (SpfMechanism.All or SpfMechanism.Ip4 or SpfMechanism.Ip6);

    /// <summary>Whether an address is in the network around another. Addresses of different families never are (RFC 7208 §5).</summary>
    public bool Covers(IPAddress network, IPAddress address)
    {
        if (network.AddressFamily != address.AddressFamily)
            return false;
        Span<byte> one = stackalloc byte[16];
        Span<byte> other = stackalloc byte[16];
        network.TryWriteBytes(one, out _);
        address.TryWriteBytes(other, out _);
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? Prefix4 : Prefix6;
        var whole = bits / 8;
        return one[..whole].SequenceEqual(other[..whole]) && (bits % 8 == 0 || (one[whole] ^ other[whole]) >> (8 - (bits % 8)) == 0);
    }
}
