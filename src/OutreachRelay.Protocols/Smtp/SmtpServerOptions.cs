using System.Net.Security;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>What a server session offers and how much it bears. Immutable; one instance may serve all sessions of a listener.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>Our name in the greeting and in the answer to EHLO (RFC 5321 §4.3.1).</summary>
    public required string Hostname { get; init; }

    /// <summary>The greatest accepted content in octets, counted after unstuffing; announced with SIZE (RFC 1870).</summary>
    public long MaxMessageSize { get; init; } = 25 * 1024 * 1024;

    /// <summary>Announced as <c>LIMITS RCPTMAX</c> (RFC 9422) when above 0; the handler enforces it.</summary>
    public int MaxRecipients { get; init; }

    /// <summary>Octets of a command line, CRLF included. RFC 5321 §4.5.3.1.4 asks for 512, and extensions add to that.</summary>
    public int MaxCommandLine { get; init; } = 2048;

    /// <summary>Octets of an AUTH command or of a response in the exchange, CRLF included (RFC 4954 §4).</summary>
    public int MaxAuthLine { get; init; } = 12288;

    /// <summary>Octets of an over-long command line that are read in search of its end before the session is closed.</summary>
    public int MaxDrainedLine { get; init; } = 1024 * 1024;

    /// <summary>Octets of refused content that are read in search of its end before the session is closed; of chunks, all that follow a MAIL.</summary>
    public long MaxDrainedContent { get; init; } = 64 * 1024 * 1024;

    /// <summary>Commands in a row that the session itself may refuse; the next one is answered 421. Refusals of the handler do not count.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>Octets of a line of content, without CRLF and without a stuffed dot (RFC 5322 §2.1.1).</summary>
    public int MaxLineLength { get; init; } = 998;

    /// <summary>From the wait for a command to its line end, however the octets trickle (RFC 5321 §4.5.3.2.7); also for a reply to be taken.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long content may keep us waiting; each octet received earns time back at <see cref="MinDataRate"/>, up to this again.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Octets per second below which content uses up <see cref="DataTimeout"/>.</summary>
    public int MinDataRate { get; init; } = 512;

    /// <summary>After this a session is closed as soon as no transaction is open.</summary>
    public TimeSpan SessionLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether AUTH PLAIN and LOGIN are announced, where they are allowed.</summary>
    public bool OfferAuth { get; init; }

    /// <summary>
    /// <see langword="false"/> where AUTH needs encryption: without it AUTH is not announced and answered 538 5.7.11, and credentials are not
    /// looked at (RFC 4954 §4).
    /// </summary>
    public bool AllowPlaintextAuth { get; init; } = true;

    /// <summary>Whether the transport is encrypted from the start (RFC 8314 §3.3).</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>
    /// When set, STARTTLS is offered, and MAIL is refused with 530 5.7.0 before it (RFC 3207 §4). Asked at each handshake, so that a certificate
    /// can be replaced while sessions run.
    /// </summary>
    public Func<SslServerAuthenticationOptions>? StartTls { get; init; }

    /// <summary>Whether MAIL is taken without STARTTLS where that is offered, as a server must that anybody's mail is sent to (RFC 3207 §4).</summary>
    public bool IsTlsOptional { get; init; }

    /// <summary>For a whole handshake after STARTTLS.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When set, this (a 421 or 554) is sent in place of the greeting, and the session ends (RFC 5321 §3.1).</summary>
    public SmtpReply? TurnAway { get; init; }
}
