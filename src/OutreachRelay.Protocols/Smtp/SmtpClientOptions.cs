using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>How a client session is protected.</summary>
public enum SmtpClientTls
{
    /// <summary>Not at all. Credentials are never sent this way.</summary>
    None,

    /// <summary>By STARTTLS (RFC 3207), which must succeed.</summary>
    StartTls,

    /// <summary>From the first octet (RFC 8314 §3).</summary>
    Implicit,
}

/// <summary>What <see cref="SmtpClientSession.OpenAsync"/> needs to know of a server.</summary>
public sealed record SmtpClientOptions
{
    /// <summary>A host name or an address literal without brackets; the name that the server's certificate must bear.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Our own name for EHLO: a domain name or an address literal in brackets (RFC 5321 §4.1.1.1).</summary>
    public required string LocalName { get; init; }

    public required SmtpClientTls Tls { get; init; }

    /// <summary>For AUTH; <see langword="null"/> for a server that wants none. Refused together with <see cref="SmtpClientTls.None"/>.</summary>
    public SmtpClientCredential? Credential { get; init; }

    /// <summary>Addresses to connect to, in order of preference, where the caller resolved and vetted them; <see langword="null"/>: the system's resolver is asked.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>Whether MAIL, RCPT and DATA go out together where the server offers PIPELINING (RFC 2920).</summary>
    public bool UsePipelining { get; init; } = true;

    /// <summary>Whether a small message goes out in one write with its envelope, where the server offers CHUNKING and PIPELINING (RFC 3030).</summary>
    /// <remarks>
    /// Off by default: it spares one round trip a message, but a connection that is lost before any reply leaves the message in doubt, where DATA
    /// would know that nothing was delivered.
    /// </remarks>
    public bool UseChunking { get; init; }

    /// <summary>Certificates to trust in place of the system's roots, or <see langword="null"/>.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Whether revocation is asked for. Off by default: with it on, an issuer's server that is down stops the mail.</summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;

    public SmtpClientTimeouts Timeouts { get; init; } = new();
}

/// <summary>What AUTH is done with (RFC 4954).</summary>
/// <param name="Password">A password for PLAIN or LOGIN (RFC 4616), or with <paramref name="IsToken"/> an OAuth 2 access token for XOAUTH2 or OAUTHBEARER (RFC 7628).</param>
/// <param name="IsToken">A token is never sent as a password, nor a password as a token.</param>
public sealed record SmtpClientCredential(string Username, string Password, bool IsToken = false)
{
    // A record's generated text would print the password.
    public override string ToString() => "credential";
}

/// <summary>How long a client session waits; the defaults are those of RFC 5321 §4.5.3.2, which are minima.</summary>
public sealed record SmtpClientTimeouts
{
    /// <summary>For all addresses of the host together.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the TLS handshake.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the greeting (§4.5.3.2.1).</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to EHLO, AUTH, MAIL, RCPT, RSET and NOOP (§4.5.3.2.2, §4.5.3.2.3).</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the 354 to DATA (§4.5.3.2.4).</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the server to take one block of content (§4.5.3.2.5).</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot (§4.5.3.2.6). A shorter one doubles mail.</summary>
    public TimeSpan FinalDot { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For the reply to QUIT, on which nothing depends.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);
}
