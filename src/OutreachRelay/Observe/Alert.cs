namespace OutreachRelay.Observe;

/// <summary>What can be wrong. Its word in snake_case is the label of the metric and the name that the webhook hears.</summary>
public enum AlertName
{
    UpstreamDown,

    /// <summary>An upstream is not used because what it carried was blocked.</summary>
    UpstreamPaused,
    DirectionDown,
    MailOverdue,
    DeadLetters,
    InDoubt,
    ReloadRefused,
    StoreUnavailable,
    ClockStepped,
    PoolExhausted,
    SendersPaused,

    /// <summary>The mail of a direction is held because it bounces.</summary>
    DirectionHeld,

    /// <summary>Every upstream of a direction refuses some of its senders.</summary>
    SendersRefused,
    CertificateExpiring,
    CertificateExpired,
    PreflightFails,

    /// <summary>Requests to a provider's webhook do not prove to be the provider's.</summary>
    WebhookRefused,

    /// <summary>A client does not take the events of its mail, or some were given up.</summary>
    EventsUntold,

    /// <summary>There are more alerts than the book holds.</summary>
    TooManyAlerts,
}

public enum AlertSeverity
{
    /// <summary>To be looked at today.</summary>
    Warning,

    /// <summary>Mail does not move, or soon will not.</summary>
    Critical,
}

/// <summary>Something that is wrong now.</summary>
/// <param name="Subject">An upstream, a pool, <c>client/direction</c> or a listener's address; empty where the alert is about the node.</param>
/// <param name="Text">A sentence that names the subject, on one line and without control characters: remote text in it is escaped.</param>
/// <param name="Since">When it was raised.</param>
public sealed record Alert(AlertName Name, string Subject, string Text, DateTimeOffset Since)
{
    public AlertSeverity Severity => Name.Severity();
}
