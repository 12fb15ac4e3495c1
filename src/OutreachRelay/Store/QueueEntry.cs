using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>Where an entry stands. The numbers are stored: never change one.</summary>
public enum EntryState
{
    /// <summary>Waits until it is due; with attempts behind it, it was deferred.</summary>
    Queued = 0,

    /// <summary>An attempt is running.</summary>
    Leased = 1,

    /// <summary>It may have been taken by the upstream: no reply after the final dot, or our process died during the attempt.</summary>
    InDoubt = 2,

    /// <summary>Stopped by the operator, or by a rule that says so.</summary>
    Held = 3,

    /// <summary>In the dead letter queue: no schedule will try it again.</summary>
    Dead = 4,

    /// <summary>An upstream took it.</summary>
    Relayed = 10,

    /// <summary>Refused for good.</summary>
    Failed = 11,

    /// <summary>Its time ran out.</summary>
    Expired = 12,

    /// <summary>Removed by the operator.</summary>
    Dropped = 13,
}

/// <summary>One recipient of one message.</summary>
public sealed record QueueEntry
{
    public required long Id { get; init; }

    /// <summary>The message's id: that of its first entry.</summary>
    public required long MessageId { get; init; }

    public required string Client { get; init; }
    public required string Direction { get; init; }

    /// <summary>As the client gave it in RCPT.</summary>
    public required string Recipient { get; init; }

    /// <summary>The sender's key, or <see langword="null"/> while none is assigned or when the message is not rotated.</summary>
    public required string? Sender { get; init; }

    /// <summary>Whether no other sender may take it over.</summary>
    public bool KeepsAuthor { get; init; }

    /// <summary>The date, in the sender's zone, whose units the entry holds; <see langword="null"/> when it holds none.</summary>
    public required DateOnly? UnitDate { get; init; }

    /// <summary>Whether an attempt was begun on that unit: it counts as sent unless it is given back.</summary>
    public required bool UnitUsed { get; init; }

    /// <summary>What leaves first when the sender may send again.</summary>
    public required EntryRank Rank { get; init; }

    public required EntryState State { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it may be tried next; while it is leased, when the lease ends.</summary>
    public required DateTimeOffset Due { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the client wants it sent at the earliest; <see langword="null"/> for at once.</summary>
    public required DateTimeOffset? NotBefore { get; init; }

    /// <summary>An attempt may have delivered it: it may only ever go back to <see cref="Upstream"/>, and its unit is used.</summary>
    public required bool MaybeSent { get; init; }

    /// <summary>Attempts that used a step of the retry schedule.</summary>
    public required int Attempts { get; init; }

    /// <summary>Grows with each lease; an older one cannot settle.</summary>
    public required int Epoch { get; init; }

    /// <summary>The upstream of the last attempt.</summary>
    public required string? Upstream { get; init; }

    /// <summary>What the last attempt ended with; untrusted text.</summary>
    public required string? LastReply { get; init; }

    /// <summary>How far that attempt came.</summary>
    public AttemptStage? LastStage { get; init; }

    /// <summary>Its reply's code; 0 when there was none.</summary>
    public int LastCode { get; init; }

    /// <summary>What was heard of it beside its attempts' replies; <see langword="null"/> before anything was.</summary>
    public EntryOutcome? Outcome { get; init; }

    /// <summary>How its message's content scored; <see langword="null"/> when it was not scored.</summary>
    public double? Score { get; init; }
}

/// <summary>The order within a lane, the lowest first; then by due time, then by arrival. The numbers are stored.</summary>
public enum EntryRank
{
    /// <summary>An attempt was begun before: retries and what is in doubt, which no gap keeps waiting.</summary>
    Tried = 0,
    FollowUpHigh = 1,
    FollowUp = 2,
    FollowUpLow = 3,
    FirstHigh = 4,
    First = 5,
    FirstLow = 6,
}

/// <summary>Where entries wait: those of one direction at one sender, or those without a sender.</summary>
public readonly record struct LaneKey(string Client, string Direction, string? Sender);

/// <summary>A lane with queued or in-doubt entries.</summary>
/// <param name="Due">When the first of them is due.</param>
public readonly record struct LaneHead(LaneKey Lane, DateTimeOffset Due);

/// <summary>The first of a lane's due entries.</summary>
/// <param name="Entries">In the order in which they leave.</param>
/// <param name="HasMore">Whether more entries of the ranks asked for are due.</param>
/// <param name="NextDue">When the next entry of the ranks asked for becomes due that is not yet.</param>
public readonly record struct LanePage(ImmutableArray<QueueEntry> Entries, bool HasMore, DateTimeOffset? NextDue);

/// <summary>Unfinished entries by state.</summary>
public readonly record struct QueueCounts(long Queued, long Leased, long InDoubt, long Held, long Dead);

/// <summary>An entry with what is needed to send it.</summary>
/// <param name="Frozen">What its first lease fixed, as serialised by the renderer; empty before.</param>
public sealed record LoadedEntry(QueueEntry Entry, StoredMessage Message, ReadOnlyMemory<byte> Frozen);

/// <summary>Which entries to list.</summary>
public sealed record EntryFilter
{
    /// <summary>Empty: every unfinished state except the dead letter queue.</summary>
    public EntryState[] States { get; init; } = [];

    /// <summary>Only ids above this one: the last of the page before.</summary>
    public long After { get; init; }

    /// <summary>Only this entry, or the entries of this message.</summary>
    public long? Id { get; init; }

    public string? Client { get; init; }
    public string? Direction { get; init; }

    /// <summary>The sender's key.</summary>
    public string? Sender { get; init; }

    /// <summary>That of the last attempt.</summary>
    public string? Upstream { get; init; }

    /// <summary>In A-labels and lower case, without subdomains.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>How far the last attempt came.</summary>
    public AttemptStage? Stage { get; init; }

    /// <summary>The last reply's code, as a range: 450 to 450, or 400 to 499.</summary>
    public (int From, int To)? Codes { get; init; }

    /// <summary>Only what was accepted from then on.</summary>
    public DateTimeOffset? AcceptedFrom { get; init; }

    /// <summary>Only what was accepted before.</summary>
    public DateTimeOffset? AcceptedBefore { get; init; }

    public int Limit { get; init; } = 100;
}
