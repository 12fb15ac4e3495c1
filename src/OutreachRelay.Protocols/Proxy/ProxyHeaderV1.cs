using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Protocols.Proxy;

/// <summary>Version 1 (§2.1): one line of text, <c>PROXY TCP4 192.0.2.1 198.51.100.1 56324 25</c> CRLF.</summary>
internal static class ProxyHeaderV1
{
    // CRLF included, for the longest IPv6 line; what is longer is no header.
    private const int MaxLength = 107;

    private const int LongestAddress = 39;

    private static readonly SearchValues<byte> AddressCharacters = SearchValues.Create("0123456789ABCDEFabcdef:."u8);

    public static ReadOnlySpan<byte> Signature => "PROXY "u8;

    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        var known = Math.Min(octets.Length, Signature.Length);
        if (!octets[..known].SequenceEqual(Signature[..known]))
            return ProxyHeaderStatus.Invalid;
        var end = octets[..Math.Min(octets.Length, MaxLength)].IndexOf((byte)'\n');
        if (end < 0)
            return octets.Length < MaxLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Invalid;
        if (octets[end - 1] != '\r')
            return ProxyHeaderStatus.Invalid;
        header = Parse(octets[Signature.Length..(end - 1)]);
        length = end + 1;
        return header is null ? ProxyHeaderStatus.Invalid : ProxyHeaderStatus.Complete;
    }

    // UNKNOWN may be anybody behind the proxy, not only itself; its health checks can say LOCAL, in version 2.
    private static ProxyHeader? Parse(ReadOnlySpan<byte> line)
    {
        Span<Range> words = stackalloc Range[6];
        if (Split(line, words) != 5)
            return null;
        AddressFamily? family = line[words[0]].SequenceEqual("TCP4"u8) ? AddressFamily.InterNetwork
            : line[words[0]].SequenceEqual("TCP6"u8) ? AddressFamily.InterNetworkV6
            : null;
        return family is not null
            && ParseEndPoint(line[words[1]], line[words[3]], family.Value) is { } source
            && ParseEndPoint(line[words[2]], line[words[4]], family.Value) is { } destination
                ? new ProxyHeader(source, destination)
                : null;
    }

    // Exactly one space between two words. Returns how many there are, up to the room.
    private static int Split(ReadOnlySpan<byte> line, Span<Range> words)
    {
        var count = 0;
        foreach (var word in line.Split((byte)' '))
        {
            if (count == words.Length)
                break;
            words[count++] = word;
        }
        return count;
    }

    private static IPEndPoint? ParseEndPoint(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port, AddressFamily family) =>
        ParsePort(port) is { } number && ParseAddress(address, family) is { } parsed ? new IPEndPoint(parsed, number) : null;

    private static int? ParsePort(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 5 && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && (text[0] != '0' || text.Length == 1)
        && Utf8Parser.TryParse(text, out int port, out _) && port <= IPEndPoint.MaxPort
            ? port
            : null;

    // IPAddress.TryParse takes "1", octal numbers, brackets and scopes; only the usual forms are meant.
    private static IPAddress? ParseAddress(ReadOnlySpan<byte> text, AddressFamily family)
    {
        if (text.Length > LongestAddress || text.ContainsAnyExcept(AddressCharacters))
            return null;
        var characters = Encoding.ASCII.GetString(text);
        return IPAddress.TryParse(characters, out var address) && address.AddressFamily == family
            && (family == AddressFamily.InterNetworkV6 || address.ToString() == characters)
                ? address
                : null;
    }
}
