using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>What happened to an entry outside of an attempt's own reply. The numbers are stored.</summary>
public enum StoreEventKind
{
    Retry = 0,
    Hold = 1,
    Release = 2,
    Drop = 3,
    Requeue = 4,
    Bury = 5,
    Reassign = 6,
    Expire = 7,
    InDoubt = 8,

    /// <summary>An attempt's reply refused it for good, or what was heard of it while the attempt ran counted for more than the reply.</summary>
    Fail = 9,

    /// <summary>A notification about it was queued for the client.</summary>
    Notify = 10,

    // What was heard of it afterwards: see OutcomeKind.
    Accepted = OutcomeKind.Accepted,
    Delivered = OutcomeKind.Delivered,
    Deferred = OutcomeKind.Deferred,
    BouncedHard = OutcomeKind.BouncedHard,
    BouncedSoft = OutcomeKind.BouncedSoft,
    Blocked = OutcomeKind.Blocked,
    Complained = OutcomeKind.Complained,
    Unsubscribed = OutcomeKind.Unsubscribed,
    Opened = OutcomeKind.Opened,
    Clicked = OutcomeKind.Clicked,
    Dropped = OutcomeKind.Dropped,
    Unknown = OutcomeKind.Unknown,
}

/// <summary>An event, as it is kept until its entry is purged.</summary>
/// <param name="At">When it was recorded.</param>
/// <param name="Who">The operator, or the part of the relay that acted; of what was heard, the upstream whose webhook told it, or <c>mail</c>.</param>
/// <param name="Reason">Untrusted text.</param>
public sealed record StoreEvent(DateTimeOffset At, StoreEventKind Kind, string Who, string Reason)
{
    /// <summary><see cref="Who"/> of what came back as mail.</summary>
    public const string Mail = "mail";

    /// <summary>When it happened, as its source tells; <see langword="null"/> for the relay's own events.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The basic code of the reply it tells of; 0 for none.</summary>
    public int Code { get; init; }

    /// <summary>The enhanced status code, or <see langword="null"/>.</summary>
    public string? Status { get; init; }
}

/// <summary>An event in the list of all.</summary>
/// <param name="Id">Grows with each event.</param>
/// <param name="EntryId"><see langword="null"/> while no entry is known by the event's ids.</param>
/// <param name="Client">Of the entry.</param>
/// <param name="Recipient">Of the entry, or as the event told.</param>
public sealed record ListedEvent(long Id, StoreEvent Event, long? EntryId, string? Client, string? Recipient)
{
    /// <summary>Of the entry; <see langword="null"/> while none is known.</summary>
    public EventMail? Mail { get; init; }
}

/// <summary>The mail that an event is about, as it is now.</summary>
/// <param name="QueueId">The id that the client read in the 250.</param>
/// <param name="Sender">The sender's key, or <see langword="null"/>.</param>
/// <param name="Upstream">That of the last attempt, or <see langword="null"/>.</param>
/// <param name="MessageId">The original's, without brackets, or <see langword="null"/>.</param>
public sealed record EventMail(long QueueId, string Direction, string? Sender, string? Upstream, string? MessageId, EntryState State);

/// <summary>Which events to list.</summary>
public sealed record EventFilter
{
    /// <summary>Empty: all.</summary>
    public StoreEventKind[] Kinds { get; init; } = [];

    public string? Client { get; init; }

    /// <summary><see cref="StoreEvent.Who"/> of what was heard.</summary>
    public string? Upstream { get; init; }

    public long? EntryId { get; init; }

    /// <summary>Only ids above this one; negative: only the last so many that there are.</summary>
    public long After { get; init; }

    public int Limit { get; init; } = 100;
}

/// <summary>A page of events, in the order in which they were recorded.</summary>
/// <param name="Next">The id after which the list goes on.</param>
/// <param name="IsLast">Whether there was nothing beyond this page when it was read. One that a filter left short may have more behind it.</param>
public readonly record struct EventSlice(ImmutableArray<ListedEvent> Events, long Next, bool IsLast);
