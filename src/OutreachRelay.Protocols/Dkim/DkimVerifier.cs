using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Verifies the DKIM signatures of messages (RFC 6376, 8301, 8463).</summary>
public sealed class DkimVerifier(IDnsResolver dns, DkimOptions options, TimeProvider time)
{
    /// <summary>Reads the signatures of a message whose body then goes through the result.</summary>
    /// <param name="header">The header section as received. Its octets must stay as they are until the verification has ended.</param>
    public DkimVerification Begin(HeaderSection header) => new(header, new KeyLookup(dns, options, time), options, time);
}
