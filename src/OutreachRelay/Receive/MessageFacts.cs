using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>What a header section tells before acceptance: everything that policy asks of a message.</summary>
public sealed record MessageFacts
{
    /// <summary>Identifiers kept of one field; where there are more, the last ones.</summary>
    public const int MaxThreadIds = 50;

    /// <summary>Octets of the header section, its empty line included.</summary>
    public required int HeaderLength { get; init; }

    /// <summary>Without angle brackets; <see langword="null"/> when there is none that can be read.</summary>
    public string? MessageId { get; init; }

    /// <summary>The identifiers of <c>In-Reply-To</c>, without angle brackets.</summary>
    public string[] InReplyTo { get; init; } = [];

    /// <summary>The identifiers of <c>References</c>, the nearest in the thread last.</summary>
    public string[] References { get; init; } = [];

    /// <summary>The first mailbox of <c>From</c> that mail can be sent to.</summary>
    public Mailbox? Author => Authors.FirstOrDefault();

    /// <summary>All mailboxes of <c>From</c> that mail can be sent to.</summary>
    public Mailbox[] Authors { get; init; } = [];

    /// <summary>The value of <c>Date</c>; <see langword="null"/> when there is none that can be read.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The value of <c>X-Outreach-Direction</c>, trimmed; the client may not be entitled to it.</summary>
    public string? DirectionHeader { get; init; }

    /// <summary>The value of <c>X-Outreach-Send-At</c>, trimmed; the client may not be entitled to it.</summary>
    public string? SendAtHeader { get; init; }

    /// <summary>The value of <c>X-Outreach-Priority</c>, trimmed; the client may not be entitled to it.</summary>
    public string? PriorityHeader { get; init; }

    /// <summary><c>Auto-Submitted</c> other than <c>no</c> (RFC 3834 §5): written by a machine as an answer.</summary>
    public bool IsAutoSubmitted { get; init; }

    /// <summary><c>multipart/report</c> (RFC 6522): a delivery, disposition or feedback notification.</summary>
    public bool IsReport { get; init; }

    /// <summary>The whole message is signed or encrypted (RFC 1847, RFC 8551): the address in its certificate is the old author's.</summary>
    public bool IsSignedOrEncrypted { get; init; }

    /// <summary>The whole message is a calendar object (RFC 6047), whose organizer is the old author.</summary>
    public bool IsCalendar { get; init; }

    /// <summary>Whether rewriting the author would break or falsify the message, so that only its own author may send it.</summary>
    public bool KeepsAuthor => IsAutoSubmitted || IsReport || IsSignedOrEncrypted || IsCalendar;

    /// <summary>Whether it came with a <c>DKIM-Signature</c> (RFC 6376).</summary>
    public bool HasDkimSignature { get; init; }

    /// <summary>Whether an octet beyond ASCII is in the header section.</summary>
    public bool HeaderHas8Bit { get; init; }
}
