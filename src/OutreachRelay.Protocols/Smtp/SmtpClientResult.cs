namespace OutreachRelay.Protocols.Smtp;

/// <summary>How far an attempt came, in the order of a session.</summary>
public enum SmtpStage
{
    Connect,
    Tls,
    Greeting,
    Hello,
    Auth,

    /// <summary>RSET before a transaction, or NOOP between two: nothing of the envelope was looked at.</summary>
    Idle,
    Mail,
    Rcpt,
    Data,

    /// <summary>The content was being sent; its final dot was not.</summary>
    Content,

    /// <summary>The final dot, or the last chunk (RFC 3030), was handed to the network.</summary>
    FinalDot,
}

/// <summary>Why an attempt did not succeed.</summary>
public enum SmtpFailureKind
{
    None,

    /// <summary>A reply said so: <see cref="SmtpResult.Reply"/>.</summary>
    Refused,

    /// <summary>We did not try: the options, the envelope or the content may not be sent as they are. Nothing of the envelope left.</summary>
    RefusedLocally,

    /// <summary>The message needs SMTPUTF8 (RFC 6531) or 8BITMIME (RFC 6152), which the server does not offer. Nothing of it left.</summary>
    MissingExtension,

    /// <summary>The content is larger than the server's SIZE (RFC 1870). Nothing of it left.</summary>
    TooLarge,

    /// <summary>The host has no address, or none of them took the connection.</summary>
    Unreachable,

    Timeout,

    /// <summary>The connection was closed or reset.</summary>
    ConnectionLost,

    /// <summary>The server is out of step, or its reply was malformed or without end.</summary>
    Protocol,

    /// <summary>STARTTLS is missing or was refused, or the handshake or the certificate failed.</summary>
    Tls,

    /// <summary>The server offers no authentication mechanism that we know.</summary>
    NoMechanism,

    /// <summary>The content's stream failed, did not have the stated length, or held a bare CR or LF, or a NUL. Its final dot was not sent.</summary>
    Content,

    /// <summary>The caller's token was cancelled.</summary>
    Cancelled,
}

/// <summary>The outcome of opening a session, of a transaction, or of a probe.</summary>
public sealed record SmtpResult
{
    public required SmtpStage Stage { get; init; }

    public SmtpFailureKind Failure { get; init; }

    /// <summary>The reply that decided, or <see langword="null"/> when none did.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>
    /// The cause for the log: no secret, no address of a mailbox. Empty where the reply says all. A message that this server cannot carry has its
    /// enhanced status code in front.
    /// </summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether the message may have been taken although no definite reply came: all of it may have reached the server (RFC 1047).</summary>
    public bool InDoubt { get; init; }

    /// <summary>Whether a command of this envelope was answered. If none was, another connection may be tried as if this one had never been.</summary>
    public bool Answered { get; init; }

    public bool Succeeded => Failure == SmtpFailureKind.None;

    /// <summary>The reply, or the failure in words when there was none. May hold what a peer wrote: untrusted.</summary>
    public string Summary => Reply?.ToString() ?? $"{Failure}: {Detail}";

    internal static SmtpResult Local(SmtpStage stage, SmtpFailureKind failure, string detail) =>
        new() { Stage = stage, Failure = failure, Detail = detail };
}

/// <summary>What one read or write on a connection came to: a reply, a failure, or neither when octets were written.</summary>
internal readonly record struct SmtpClientAnswer(SmtpReply? Reply, SmtpFailureKind Failure = SmtpFailureKind.None, string Detail = "")
{
    public bool Failed => Failure != SmtpFailureKind.None;

    /// <summary>The answer as a result that is no success.</summary>
    public SmtpResult ToFailure(SmtpStage stage, bool answered = false) => new()
    {
        Stage = stage,
        Failure = Failed ? Failure : SmtpFailureKind.Refused,
        Reply = Reply,
        Detail = Detail,
        Answered = answered,
    };

    /// <summary>A reply that has no place here.</summary>
    public SmtpResult ToOutOfStep(SmtpStage stage, bool answered = false) =>
        ToFailure(stage, answered) with
        {
            Failure = SmtpFailureKind.Protocol,
            Detail = $"reply {Reply?.Code} does not fit stage {stage}",
        };
}
