using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>What a counter counts. The order is the order in which counters are locked. The numbers are stored.</summary>
public enum CounterScope
{
    Sender = 0,
    Domain = 1,
    Direction = 2,
    Client = 3,

    /// <summary>Units of a sender on which an attempt was begun.</summary>
    Sent = 4,

    /// <summary>Attempts begun in one hour of a sender domain; the name ends in the hour.</summary>
    DomainHour = 5,

    /// <summary>Final outcomes of a sender's entries.</summary>
    Outcomes = 6,

    /// <summary>Hard bounces and blocks among them.</summary>
    BadOutcomes = 7,

    /// <summary>Complaints about a sender's mail.</summary>
    Complaints = 8,

    /// <summary>Attempts begun at an upstream, by days in UTC.</summary>
    UpstreamDay = 9,

    /// <summary>The same by months: the date is the first of the month.</summary>
    UpstreamMonth = 10,
}

/// <summary>A counter: recipients per scope, name and date.</summary>
/// <param name="Name">The sender's key, its domain, <c>client/direction</c>, the client, or the upstream.</param>
/// <param name="Date">In the sender's time zone; the hours of a domain and what upstreams carry are counted in UTC.</param>
public readonly record struct CounterKey(CounterScope Scope, string Name, DateOnly Date);

/// <summary>A counter as it is on disk.</summary>
public readonly record struct CounterValue(CounterKey Key, long Used);

/// <summary>One unit of a budget, asked for on what memory knew.</summary>
/// <param name="Limit">The most the counter may reach; <see cref="long.MaxValue"/> for none.</param>
/// <param name="Expected">What the ranking was made on: a higher stored value is a conflict. <see cref="long.MaxValue"/> to go by the limit alone.</param>
public readonly record struct CounterClaim(CounterKey Key, long Limit, long Expected);

/// <summary>A sender that may carry the entries of a group, with what each entry costs.</summary>
/// <param name="Sender">Its key; the first candidate whose claims all have room is taken.</param>
/// <param name="Date">The local date whose units are reserved; <see langword="null"/> when none are, with no claims.</param>
/// <param name="Due">When the entries may be tried first.</param>
public sealed record SenderCandidate(string Sender, DateOnly? Date, DateTimeOffset Due, ImmutableArray<CounterClaim> Claims);

/// <summary>Recipients of one message that go to one sender.</summary>
/// <param name="Candidates">Best first. Empty: the entries are stored without a sender and own no unit.</param>
/// <param name="UnassignedDue">When entries without candidates are looked at.</param>
public sealed record EntryGroup(ImmutableArray<SenderCandidate> Candidates, ImmutableArray<EntryDraft> Entries, DateTimeOffset UnassignedDue);

/// <summary>A recipient about to become a queue entry.</summary>
/// <param name="Recipient">As given in RCPT.</param>
/// <param name="RecipientKey">Its normalised form.</param>
/// <param name="Digest">16 octets over client, Message-ID, recipient and content; empty when a repetition cannot be told.</param>
/// <param name="Sticky">Whether the recipient is, or becomes, bound to the sender.</param>
/// <param name="KnownAssignment">The sender that memory believes it is bound to: another one on disk is a conflict; where it differs from the sender taken, the row is replaced.</param>
/// <param name="Rank">A follow-up whose recipient still has an entry without an attempt is ranked as a first mail, so that it does not overtake that one.</param>
public sealed record EntryDraft(
    string Recipient, string RecipientKey, ReadOnlyMemory<byte> Digest, bool Sticky, string? KnownAssignment, EntryRank Rank = EntryRank.First);

/// <summary>A recipient of a message that may have been accepted before.</summary>
/// <param name="RecipientKey">Its normalised form.</param>
/// <param name="Digest">As <see cref="EntryDraft.Digest"/>.</param>
public readonly record struct DigestedRecipient(string RecipientKey, ReadOnlyMemory<byte> Digest);

/// <summary>A message to be accepted: all of its groups, or none.</summary>
public sealed record AcceptRequest
{
    public required string Client { get; init; }
    public required string Direction { get; init; }
    public required string? ReversePath { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the client wants it sent at the earliest; <see langword="null"/> for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Makes the <c>Received</c> field from the queue id, which only the store can give.</summary>
    public required Func<long, ReadOnlyMemory<byte>> Received { get; init; }

    /// <summary>The original: all of it, or its header section when <see cref="ContentFile"/> is set.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>A closed file in the store's incoming directory that holds the whole original. The store flushes it and takes it over when it accepts.</summary>
    public string? ContentFile { get; init; }

    public required long Length { get; init; }
    public required bool NeedsSmtpUtf8 { get; init; }
    public required bool Has8Bit { get; init; }

    /// <summary>Whether it leaves from the sender that wrote it, or not at all: no other takes its entries over.</summary>
    public bool KeepsAuthor { get; init; }

    /// <summary>The original's Message-ID without brackets, or <see langword="null"/>.</summary>
    public required string? OriginalMessageId { get; init; }

    /// <summary>How long an entry's digest keeps a repetition out; zero: not at all.</summary>
    public required TimeSpan DuplicateWindow { get; init; }

    public required ImmutableArray<EntryGroup> Groups { get; init; }

    /// <summary>How its content scores; <see langword="null"/> when it was not scored.</summary>
    public MessageScore? Score { get; init; }

    /// <summary>Why its entries are held from the start: they keep the first candidate as their sender and hold no unit. <see langword="null"/> when they are not.</summary>
    public string? Hold { get; init; }

    /// <summary>
    /// The entry about which this is the notification, or <see langword="null"/>: accepted while that entry is failed or expired and none was about it before;
    /// otherwise the answer is <see cref="AcceptResult.Duplicate"/> with that entry's id.
    /// </summary>
    public long? Notifies { get; init; }

    /// <summary>
    /// Called once it is on disk, before its counters are told: what memory held as asked for is then let go, so that it is never counted beside
    /// what is committed. Runs on the writer: it returns at once and does not throw.
    /// </summary>
    public Action? Committed { get; init; }
}

/// <summary>What became of an <see cref="AcceptRequest"/>.</summary>
public abstract record AcceptResult
{
    private AcceptResult() { }

    /// <summary>It is on disk: from here the message is ours (RFC 5321 §6.1).</summary>
    /// <param name="Entries">The new entries; recipients that were repetitions have none.</param>
    /// <param name="Counters">The claimed counters after the commit.</param>
    public sealed record Accepted(StoredMessage Message, ImmutableArray<QueueEntry> Entries, ImmutableArray<CounterValue> Counters) : AcceptResult;

    /// <summary>Every recipient was a repetition within the window; or there is nothing to notify of.</summary>
    /// <param name="Id">The id that the first acceptance gave; of a notification, what it would have been about.</param>
    public sealed record Duplicate(long Id) : AcceptResult;

    /// <summary>Memory was behind the disk. Nothing was written; rank again.</summary>
    /// <param name="Counters">The counters that were full or higher than expected, as they are.</param>
    /// <param name="Assignments">The assignments that were not as believed: recipient key and sender, or <see langword="null"/> for none.</param>
    public sealed record Conflict(ImmutableArray<CounterValue> Counters, ImmutableArray<KeyValuePair<string, string?>> Assignments) : AcceptResult;

    /// <summary>Nothing was written.</summary>
    public sealed record Unavailable(StoreHealth Health) : AcceptResult;
}
