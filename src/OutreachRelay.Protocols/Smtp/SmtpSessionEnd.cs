namespace OutreachRelay.Protocols.Smtp;

/// <summary>How a server session ended. A mail transaction that was open then is abandoned.</summary>
public enum SmtpSessionEnd
{
    /// <summary>QUIT.</summary>
    Quit,

    /// <summary>The peer closed or reset the connection without QUIT.</summary>
    Disconnected,

    /// <summary>The peer was too slow to send or to take a reply: 421 4.4.2.</summary>
    TimedOut,

    /// <summary>The session lasted <see cref="SmtpServerOptions.SessionLimit"/>: 421 4.4.2.</summary>
    SessionLimit,

    /// <summary>The server stops, and the session was between two commands: 421 4.3.2.</summary>
    Drained,

    /// <summary>The server stops at once: 421 4.3.2 if the connection takes it.</summary>
    Aborted,

    /// <summary>Too many refused commands in a row: 421 4.7.0.</summary>
    TooManyErrors,

    /// <summary>Input without an end in sight, or after which commands cannot be told from content.</summary>
    BadInput,

    /// <summary>The handler replied 421.</summary>
    ClosedByHandler,

    /// <summary>After STARTTLS the peer did not speak TLS that we do, or hung up, or was too slow.</summary>
    HandshakeFailed,

    /// <summary><see cref="SmtpServerOptions.TurnAway"/> was sent in place of the greeting.</summary>
    TurnedAway,
}
