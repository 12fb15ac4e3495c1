using System.Buffers;

namespace OutreachRelay.Protocols.Proxy;

/// <summary>Reads a PROXY header at the start of a connection. It neither waits nor keeps anything: give it all octets so far, again when there are more.</summary>
public static class ProxyHeaderReader
{
    /// <summary>The largest header read, in octets: version 2 with 4 KiB of addresses and TLVs. HAProxy sends some hundred at most.</summary>
    public const int MaxLength = ProxyHeaderV2.PrefixLength + ProxyHeaderV2.MaxBody;

    // As many octets of either version as no client's first words begin with.
    private const int Telling = 5;

    /// <summary>Reads the header at the start of <paramref name="octets"/>.</summary>
    /// <param name="header">When complete.</param>
    /// <param name="length">When complete: the octets that it took. Those behind are the client's.</param>
    public static ProxyHeaderStatus TryRead(in ReadOnlySequence<byte> octets, out ProxyHeader? header, out int length)
    {
        var start = octets.Length > MaxLength ? octets.Slice(0, MaxLength) : octets;
        if (start.IsSingleSegment)
            return TryRead(start.FirstSpan, out header, out length);
        var joined = ArrayPool<byte>.Shared.Rent((int)start.Length);
        try
        {
            start.CopyTo(joined);
            return TryRead(joined.AsSpan(0, (int)start.Length), out header, out length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <inheritdoc cref="TryRead(in ReadOnlySequence{byte}, out ProxyHeader?, out int)"/>
    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        if (octets.IsEmpty)
            return ProxyHeaderStatus.Incomplete;
        return octets[0] == ProxyHeaderV2.Signature[0]
            ? ProxyHeaderV2.TryRead(octets, out header, out length)
            : ProxyHeaderV1.TryRead(octets, out header, out length);
    }

    /// <summary>Whether another header begins here: a client that would speak for a proxy.</summary>
    public static bool BeginsHeader(ReadOnlySpan<byte> octets) =>
        octets.Length >= Telling
        && (octets.StartsWith(ProxyHeaderV1.Signature[..Telling]) || octets.StartsWith(ProxyHeaderV2.Signature[..Telling]));
}
