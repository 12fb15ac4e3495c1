using System.Net;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Who says to be whom: the arguments of check_host() (RFC 7208 §4.1).</summary>
public sealed record SpfRequest
{
    /// <summary>The address of the sending host. An IPv4 address mapped into IPv6 counts as IPv4.</summary>
    public required IPAddress Client { get; init; }

    /// <summary>The name given in HELO or EHLO, as it was given.</summary>
    public required string Helo { get; init; }

    /// <summary>The reverse-path without brackets. Empty for the null reverse-path, and to check the HELO identity (RFC 7208 §2.3, §2.4).</summary>
    public string ReversePath { get; init; } = "";

    /// <summary>The name of the checking host, for the macro <c>%{r}</c>.</summary>
    public string Receiver { get; init; } = "unknown";

    // RFC 7208 §2.4 and §4.3: without a reverse-path it is postmaster at the HELO name, without a local part postmaster as well.
    internal (string LocalPart, string Domain) Sender
    {
        get
        {
            if (ReversePath.Length == 0)
                return ("postmaster", Helo);
            var at = ReversePath.LastIndexOf('@');
            return (at > 0 ? ReversePath[..at] : "postmaster", Mailbox.ToAsciiDomain(ReversePath[(at + 1)..]) ?? "");
        }
    }
}
