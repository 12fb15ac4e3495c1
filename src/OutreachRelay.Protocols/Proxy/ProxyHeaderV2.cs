using System.Buffers.Binary;
using System.Net;

namespace OutreachRelay.Protocols.Proxy;

/// <summary>Version 2 (§2.2): a signature, four octets of what follows, then addresses and TLVs, which are skipped.</summary>
internal static class ProxyHeaderV2
{
    public const int PrefixLength = 16;

    /// <summary>Addresses and TLVs, in octets.</summary>
    public const int MaxBody = 4096;

    private const int Local = 0x20;
    private const int Proxy = 0x21;
    private const int TcpOverIPv4 = 0x11;
    private const int TcpOverIPv6 = 0x21;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        var known = Math.Min(octets.Length, Signature.Length);
        if (!octets[..known].SequenceEqual(Signature[..known]))
            return ProxyHeaderStatus.Invalid;
        if (octets.Length < PrefixLength)
            return ProxyHeaderStatus.Incomplete;
        int body = BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        if (body > MaxBody || !IsKnown(octets[12], octets[13], body))
            return ProxyHeaderStatus.Invalid;
        if (octets.Length < PrefixLength + body)
            return ProxyHeaderStatus.Incomplete;
        header = Parse(octets[12], octets[13], octets.Slice(PrefixLength, body));
        length = PrefixLength + body;
        return ProxyHeaderStatus.Complete;
    }

    // LOCAL means the proxy itself, whatever stands behind it; in PROXY an unknown family would leave us without a client to judge.
    private static bool IsKnown(byte versionAndCommand, byte family, int body) =>
        versionAndCommand == Local
        || (versionAndCommand == Proxy && family switch { TcpOverIPv4 => body >= 12, TcpOverIPv6 => body >= 36, _ => false });

    private static ProxyHeader Parse(byte versionAndCommand, byte family, ReadOnlySpan<byte> body)
    {
        if (versionAndCommand == Local)
            return new ProxyHeader(null, null);
        var size = family == TcpOverIPv4 ? 4 : 16;
        var ports = body[(2 * size)..];
        return new ProxyHeader(
            new IPEndPoint(new IPAddress(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(body.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
    }
}
