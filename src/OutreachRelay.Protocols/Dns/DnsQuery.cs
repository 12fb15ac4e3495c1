using System.Buffers.Binary;

namespace OutreachRelay.Protocols.Dns;

/// <summary>How a message that arrived relates to the question.</summary>
internal enum DnsMatch
{
    /// <summary>Not an answer to this question: forged, late, or garbage.</summary>
    Stranger,

    /// <summary>An answer, but the name's case is not the one sent: a server that changes it, or a lucky forger.</summary>
    CaseDiffers,

    Answer,
}

/// <summary>One question as sent: a random id, the name in random case, recursion desired, EDNS (RFC 6891).</summary>
internal sealed class DnsQuery
{
    /// <summary>What fits every path without fragments (RFC 9715 §3).</summary>
    public const int UdpSize = 1232;

    public const int HeaderLength = 12;

    private const int FormatError = 1, NotImplemented = 4;

    private readonly byte[] _octets;
    private readonly int _nameLength;

    private DnsQuery(byte[] octets, int nameLength, DnsType type, bool edns)
    {
        (_octets, _nameLength, Type, Edns) = (octets, nameLength, type, edns);
    }

    public DnsType Type { get; }

    public bool Edns { get; }

    public ReadOnlyMemory<byte> Octets => _octets;

    public ReadOnlySpan<byte> Name => _octets.AsSpan(HeaderLength, _nameLength);

    private ReadOnlySpan<byte> Question => _octets.AsSpan(HeaderLength, _nameLength + 4);

    /// <param name="chance">Random octets: two for the id, then one for each octet of the name.</param>
    /// <returns><see langword="null"/> when the text is no domain name.</returns>
    public static DnsQuery? Create(string name, DnsType type, bool edns, ReadOnlySpan<byte> chance)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        var length = DnsName.Encode(name, wire);
        if (length == 0)
            return null;
        DnsName.RandomiseCase(wire[..length], chance[2..]);

        var octets = new byte[HeaderLength + length + 4 + (edns ? 11 : 0)];
        chance[..2].CopyTo(octets);
        octets[2] = 0x01; // RD
        octets[5] = 1; // QDCOUNT
        wire[..length].CopyTo(octets.AsSpan(HeaderLength));
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(HeaderLength + length), (ushort)type);
        octets[HeaderLength + length + 3] = 1; // IN
        if (edns)
            WriteOpt(octets);
        return new DnsQuery(octets, length, type, edns);
    }

    /// <summary>Compares id, direction and question. The question may be missing where a server says that it did not understand it.</summary>
    public DnsMatch Match(ReadOnlySpan<byte> message)
    {
        // QR set, opcode QUERY.
        if (message.Length < HeaderLength || !message[..2].SequenceEqual(_octets.AsSpan(0, 2)) || (message[2] & 0xF8) != 0x80)
            return DnsMatch.Stranger;
        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        if (questions == 0)
            return (message[3] & 0x0F) is FormatError or NotImplemented ? DnsMatch.Answer : DnsMatch.Stranger;
        if (questions != 1 || message.Length < HeaderLength + Question.Length)
            return DnsMatch.Stranger;
        var question = message.Slice(HeaderLength, Question.Length);
        if (question.SequenceEqual(Question))
            return DnsMatch.Answer;
        return DnsName.AreEqual(question[.._nameLength], Name) && question[_nameLength..].SequenceEqual(Question[_nameLength..])
            ? DnsMatch.CaseDiffers
            : DnsMatch.Stranger;
    }

    // RFC 6891 §6.1.2: the root as name, type 41, the size of our buffer as class; no flags, no options.
    private static void WriteOpt(Span<byte> octets)
    {
        octets[11] = 1; // ARCOUNT
        var opt = octets[^11..];
        opt[2] = 41;
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], UdpSize);
    }
}
