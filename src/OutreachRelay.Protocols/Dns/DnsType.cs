namespace OutreachRelay.Protocols.Dns;

/// <summary>Record types by their numbers on the wire (RFC 1035 §3.2.2, RFC 3596).</summary>
public enum DnsType : ushort
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    MX = 15,
    TXT = 16,
    AAAA = 28,
}
