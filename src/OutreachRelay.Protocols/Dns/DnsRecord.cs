using System.Net;

namespace OutreachRelay.Protocols.Dns;

/// <summary>One resource record. Which members are set depends on <see cref="Type"/>.</summary>
public sealed record DnsRecord(DnsType Type)
{
    /// <summary>The address of an A or AAAA record.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>
    /// The name that an MX, CNAME, PTR or NS record points to, without a final dot, in the spelling of the server; empty for the root
    /// (the null MX of RFC 7505). An octet that no host name holds is written as <c>\DDD</c>; such a name is never found when looked up.
    /// </summary>
    public string Target { get; init; } = "";

    /// <summary>The preference of an MX record; the lowest is tried first.</summary>
    public int Preference { get; init; }

    /// <summary>The character-strings of a TXT record joined without a space (RFC 7208 §3.3). One character per octet, U+0000 to U+00FF.</summary>
    public string Text { get; init; } = "";
}
