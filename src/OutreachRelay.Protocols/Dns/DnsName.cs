using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Dns;

/// <summary>Domain names on the wire: labels, each after its length, ended by the empty label of the root (RFC 1035 §3.1).</summary>
internal static class DnsName
{
    /// <summary>RFC 1035 §2.3.4: 255 octets with all length octets.</summary>
    public const int MaxLength = 255;

    private const int MaxLabel = 63;

    // A name of 255 octets has 127 labels; no honest one needs more pointers.
    private const int MaxPointers = 127;

    /// <summary>Writes a name uncompressed.</summary>
    /// <returns>Its length in octets; 0 when the text is no domain name: an empty or too long label, beyond ASCII, too long as a whole.</returns>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> wire)
    {
        if (text is [.., '.'])
            text = text[..^1];
        // One octet more for the first length, one for the root.
        if (text.IsEmpty || text.Length + 2 > MaxLength || !Ascii.IsValid(text))
            return 0;
        var length = 0;
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > MaxLabel)
                return 0;
            wire[length++] = (byte)label.Length;
            length += Encoding.ASCII.GetBytes(label, wire[length..]);
        }
        wire[length++] = 0;
        return length;
    }

    /// <summary>Reads a name, following compression pointers, and steps over it.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins; afterwards the octet behind it.</param>
    /// <param name="wire">Takes the uncompressed name: <see cref="MaxLength"/> octets.</param>
    /// <returns>The length of the uncompressed name; 0 when it is malformed.</returns>
    public static int Read(ReadOnlySpan<byte> message, ref int offset, Span<byte> wire)
    {
        var length = 0;
        var at = offset;
        var earliest = offset;
        var pointers = 0;
        while (at < message.Length)
        {
            int octet = message[at];
            if (octet >= 0xC0)
            {
                if (at + 1 >= message.Length)
                    return 0;
                if (pointers++ == 0)
                    offset = at + 2;
                at = ((octet & 0x3F) << 8) | message[at + 1];
                // Every jump goes before all that was read so far, as RFC 1035 §4.1.4 has it ("prior occurrence"): so no loop can form.
                if (at >= earliest || pointers > MaxPointers)
                    return 0;
                earliest = at;
                continue;
            }
            if (octet > MaxLabel || at + 1 + octet > message.Length || length + 1 + octet > MaxLength)
                return 0;
            message.Slice(at, octet + 1).CopyTo(wire[length..]);
            length += octet + 1;
            at += octet + 1;
            if (octet != 0)
                continue;
            if (pointers == 0)
                offset = at;
            return length;
        }
        return 0;
    }

    // Length octets are below 64 and so never taken for letters. Names beyond ASCII are never equal: nobody here asks for one.
    public static bool AreEqual(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(one, other);

    /// <summary>The name as text without a final dot. What is no visible ASCII, and a dot or backslash inside a label, becomes <c>\DDD</c>.</summary>
    public static string ToText(ReadOnlySpan<byte> wire)
    {
        var text = new StringBuilder(wire.Length);
        for (var at = 0; wire[at] != 0; at += wire[at] + 1)
        {
            if (at > 0)
                text.Append('.');
            foreach (var octet in wire.Slice(at + 1, wire[at]))
            {
                if (octet is > 0x20 and < 0x7F and not (byte)'.' and not (byte)'\\')
                    text.Append((char)octet);
                else
                    text.Append(CultureInfo.InvariantCulture, $"\\{octet:D3}");
            }
        }
        return text.ToString();
    }

    /// <summary>Gives each letter a random case (draft-vixie-dnsext-dns0x20): an answer that repeats it came from who saw the question.</summary>
    /// <param name="wire">The name; changed in place.</param>
    /// <param name="chance">One random octet for each octet of the name.</param>
    public static void RandomiseCase(Span<byte> wire, ReadOnlySpan<byte> chance)
    {
        for (var at = 0; at < wire.Length; at++)
        {
            if (char.IsAsciiLetter((char)wire[at]) && (chance[at] & 1) != 0)
                wire[at] ^= 0x20;
        }
    }
}
