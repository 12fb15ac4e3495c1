using System.Buffers.Binary;

namespace OutreachRelay.Protocols.Dns;

/// <summary>What a reply says.</summary>
/// <param name="Answer">The answer; <see langword="null"/> when the reply holds none and another try in another way may.</param>
/// <param name="Truncated">It did not fit: ask over TCP.</param>
/// <param name="RefusesEdns">The server knows no EDNS (RFC 6891 §7): ask without.</param>
/// <param name="Alias">
/// The name is an alias of this one, and the server left it there: ask for that name. <paramref name="Answer"/> holds its time.
/// </param>
internal readonly record struct DnsReading(DnsAnswer? Answer, bool Truncated = false, bool RefusesEdns = false, string? Alias = null);

/// <summary>
/// Reads replies (RFC 1035 §4). Every length is checked, every octet looked at a bounded number of times, and only what was asked for is kept.
/// </summary>
internal static class DnsMessage
{
    private const int NoError = 0, FormatError = 1, ServerFailure = 2, NameError = 3, NotImplemented = 4, Refused = 5;

    public static readonly DnsReading Malformed = new(DnsAnswer.TemporaryError("malformed answer"));

    /// <summary>Reads the reply to a query; that it is the reply was checked before (<see cref="DnsQuery.Match"/>).</summary>
    public static DnsReading Read(ReadOnlySpan<byte> message, DnsQuery query)
    {
        if (message.Length < DnsQuery.HeaderLength)
            return Malformed;
        var code = message[3] & 0x0F;
        if (code is FormatError or NotImplemented && query.Edns)
            return new DnsReading(null, RefusesEdns: true);
        if (code is not (NoError or NameError))
            return new DnsReading(DnsAnswer.TemporaryError(Describe(code)));
        if ((message[2] & 0x02) != 0)
            return new DnsReading(null, Truncated: true);
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1 || message.Length < DnsQuery.HeaderLength + query.Name.Length + 4)
            return Malformed;
        return new AnswerWalk(message, query).Read(code == NameError);
    }

    private static string Describe(int code) => code switch
    {
        ServerFailure => "server failure",
        Refused => "refused by the server",
        _ => $"response code {code}",
    };
}
