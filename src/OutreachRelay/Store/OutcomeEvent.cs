using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>What is heard of a mail after it has left: from a provider's webhook, or from a mail that came back. The numbers are stored, and are those of <see cref="StoreEventKind"/>.</summary>
public enum OutcomeKind
{
    /// <summary>The provider has it; that is no delivery.</summary>
    Accepted = 20,

    /// <summary>The recipient's server took it.</summary>
    Delivered = 21,

    /// <summary>The recipient's server does not take it yet; the provider goes on.</summary>
    Deferred = 22,

    /// <summary>The address does not work.</summary>
    BouncedHard = 23,

    /// <summary>It did not work this time, and the provider has given up.</summary>
    BouncedSoft = 24,

    /// <summary>A filter or a policy refused it; that says nothing about the recipient.</summary>
    Blocked = 25,

    /// <summary>The recipient called it spam.</summary>
    Complained = 26,

    /// <summary>The recipient wants no more.</summary>
    Unsubscribed = 27,

    /// <summary>Its picture was fetched: by a person, a proxy or a scanner.</summary>
    Opened = 28,

    /// <summary>A link of it was fetched: by a person or a scanner.</summary>
    Clicked = 29,

    /// <summary>The provider did not try.</summary>
    Dropped = 30,

    /// <summary>None of these; kept as it came, without effect.</summary>
    Unknown = 31,
}

/// <summary>Whose matter it is that a provider dropped a mail, or will send the recipient no more. The numbers are stored.</summary>
public enum OutcomeCause
{
    /// <summary>Not told.</summary>
    None = 0,

    /// <summary>The recipient's: an earlier mail bounced, or the address is none.</summary>
    HardBounce = 1,

    /// <summary>The recipient's: an earlier complaint.</summary>
    Complaint = 2,

    /// <summary>The recipient's: an earlier opt-out.</summary>
    OptOut = 3,

    /// <summary>The message's: its content or form.</summary>
    Message = 4,

    /// <summary>Our account's: its quota or standing.</summary>
    Account = 5,
}

/// <summary>One thing that was heard. Its texts are untrusted.</summary>
public sealed record OutcomeEvent
{
    /// <summary>The most characters of <see cref="Reason"/> that are kept.</summary>
    public const int MaxReason = 2048;

    public required OutcomeKind Kind { get; init; }

    /// <summary>When it happened, as the source tells.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whose webhook told it; <see langword="null"/> for a mail that came back.</summary>
    public required string? Upstream { get; init; }

    /// <summary>Tells it from every other one of its source: the same for each repetition. Any length.</summary>
    public required string DedupKey { get; init; }

    /// <summary>Our id of the attempt, as it came back, or <see langword="null"/>: what the entry is found by first.</summary>
    public string? Correlation { get; init; }

    /// <summary>The entry itself, where something that we signed names it; 0 elsewhere. It may be purged.</summary>
    public long EntryId { get; init; }

    /// <summary>The provider's own id of the mail, or <see langword="null"/>: what it is found by second.</summary>
    public string? ProviderId { get; init; }

    /// <summary>The mail's Message-ID without brackets, or <see langword="null"/>: of use only together with <see cref="Recipient"/>.</summary>
    public string? MessageId { get; init; }

    /// <summary>The recipient as told, or <see langword="null"/>. No entry is found by it alone.</summary>
    public string? Recipient { get; init; }

    /// <summary>The basic code of the reply that it tells of (RFC 5321 §4.2); 0 for none.</summary>
    public int Code { get; init; }

    /// <summary>The enhanced status code (RFC 3463), or empty.</summary>
    public string Status { get; init; } = "";

    /// <summary>In the source's words; of <see cref="OutcomeKind.Unknown"/>, all that came.</summary>
    public string Reason { get; init; } = "";

    /// <summary>For <see cref="OutcomeKind.Dropped"/> and <see cref="OutcomeKind.Unsubscribed"/>.</summary>
    public OutcomeCause Cause { get; init; }
}

/// <summary>What health has counted of an entry: each at most once, whatever else is heard. The numbers are stored.</summary>
[Flags]
public enum OutcomeCounts
{
    None = 0,

    /// <summary>That it has ended.</summary>
    Ended = 1,

    /// <summary>That it bounced or was blocked.</summary>
    Bad = 2,

    Complaint = 4,
}

/// <summary>What was heard of an entry so far.</summary>
/// <param name="Kind">Of all that was heard, what counts most; the latest of those.</param>
public readonly record struct EntryOutcome(OutcomeKind Kind, DateTimeOffset Time, OutcomeCounts Counted);

/// <summary>What an event makes of its entry.</summary>
/// <param name="State">The entry's state from now on.</param>
/// <param name="Outcome">What was heard of it so far, this event included.</param>
/// <param name="Count">Counters that grow by one.</param>
public readonly record struct OutcomeRuling(EntryState State, EntryOutcome Outcome, ImmutableArray<CounterKey> Count);

public enum RecordedAs
{
    /// <summary>It belongs to an entry, and is on disk.</summary>
    News,

    /// <summary>It was recorded before; nothing was written.</summary>
    Repetition,

    /// <summary>No entry is known by its ids. What a webhook told is kept for a while, in case one will be; what a mail told is not.</summary>
    Unmatched,

    /// <summary>As <see cref="Unmatched"/> of a webhook, but so many are kept already that it was not written.</summary>
    Refused,
}

/// <summary>What became of an event.</summary>
/// <param name="Entry">As it is after the event; <see langword="null"/> when none was found, or it is purged.</param>
public readonly record struct RecordedEvent(OutcomeEvent Event, RecordedAs As, QueueEntry? Entry);
