using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What a notification says: that one recipient of one message will not get it (RFC 3464).</summary>
public sealed record NonDeliveryReport
{
    /// <summary>The mail system's own address, the author of the notification.</summary>
    public required Mailbox From { get; init; }

    /// <summary>The reverse-path of the message that failed.</summary>
    public required Mailbox To { get; init; }

    /// <summary>The notification's own, without brackets. What is behind it must not be guessed: the boundary between the parts is made of it.</summary>
    public required string MessageId { get; init; }

    public required DateTimeOffset Date { get; init; }

    /// <summary>Our own name, in ASCII.</summary>
    public required string ReportingMta { get; init; }

    /// <summary>When the message was accepted.</summary>
    public required DateTimeOffset ArrivalDate { get; init; }

    /// <summary>The recipient, as the client gave it.</summary>
    public required Mailbox Recipient { get; init; }

    /// <summary>The default value: what the diagnostic begins with, else 5.0.0.</summary>
    public EnhancedStatusCode Status { get; init; }

    /// <summary>Why, in the words of whoever refused, codes included; any text. <see langword="null"/> when nobody did.</summary>
    public string? Diagnostic { get; init; }

    /// <summary>Why, in our own words: a sentence in ASCII.</summary>
    public required string Explanation { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>The original's Message-ID, without brackets, or <see langword="null"/>.</summary>
    public string? OriginalMessageId { get; init; }

    /// <summary>The original's header section as it was accepted; empty when it is kept no longer.</summary>
    public ReadOnlyMemory<byte> OriginalHeader { get; init; }
}
