using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What the reporting MTA did (RFC 3464 §2.3.3).</summary>
public enum DeliveryAction
{
    /// <summary>Neither an action nor a code that implies one.</summary>
    Unknown,

    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

/// <summary>What is reported for one recipient (RFC 3464 §2.3). Everything but <see cref="Action"/> may be missing.</summary>
public sealed record RecipientReport
{
    /// <summary>The address the report is about, after aliases and forwarding: not always one that the sender knows.</summary>
    public ReportAddress? FinalRecipient { get; init; }

    /// <summary>The address of the original envelope, where the sender gave it (ORCPT) or the reporting MTA added it.</summary>
    public ReportAddress? OriginalRecipient { get; init; }

    /// <summary>As reported; without an <c>Action</c> field, what the codes imply.</summary>
    public DeliveryAction Action { get; init; }

    /// <summary>
    /// <c>Status</c>, else the code in <c>Diagnostic-Code</c>. A status that says nothing (<c>5.0.0</c>) gives way to a code of the same class there.
    /// </summary>
    public EnhancedStatusCode Status { get; init; }

    public DiagnosticCode? Diagnostic { get; init; }

    /// <summary>The host that refused, without its type.</summary>
    public string? RemoteMta { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Of a delay: until when the reporting MTA goes on.</summary>
    public DateTimeOffset? WillRetryUntil { get; init; }
}
