using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>How far an attempt came. The numbers are stored.</summary>
public enum AttemptStage
{
    Connect = 0,
    Tls = 1,
    Greeting = 2,
    Hello = 3,
    Auth = 4,
    Mail = 5,
    Rcpt = 6,
    Data = 7,
    Content = 8,
    FinalDot = 9,
}

/// <summary>A request to take a due entry.</summary>
/// <param name="Epoch">The epoch the asker read; another one on disk: the entry went elsewhere.</param>
/// <param name="Credential">Names the credential, without its secret.</param>
/// <param name="Correlation">Our id at the upstream: 1 to 32 letters and digits.</param>
/// <param name="Frozen">The frozen rendering, written at the first lease; empty at later ones.</param>
/// <param name="Duration">Until the entry counts as in doubt when nothing is heard of its holder.</param>
public sealed record LeaseRequest(
    long EntryId, int Epoch, string Upstream, string Credential, string Correlation, ReadOnlyMemory<byte> Frozen, TimeSpan Duration)
{
    /// <summary>Counters that an attempt uses up, each by one.</summary>
    public ImmutableArray<CounterClaim> Claims { get; init; } = [];

    /// <summary>The sender whose unit is used with the first attempt on it; <see langword="null"/> when the entry has none.</summary>
    public SentMark? Sent { get; init; }
}

/// <summary>That a sender begins to send.</summary>
/// <param name="Counter">Where its used units are counted.</param>
/// <param name="Resumed">The date, when this is its first mail after a long rest; otherwise <see langword="null"/>.</param>
public readonly record struct SentMark(CounterKey Counter, DateOnly? Resumed);

/// <summary>What became of a <see cref="LeaseRequest"/>.</summary>
public enum LeaseOutcome
{
    Leased,

    /// <summary>The entry is no longer due, its epoch has moved on, or the operator holds it or the upstream for it.</summary>
    Gone,

    /// <summary>A claimed counter is full: nothing was written.</summary>
    Full,

    Unavailable,
}

/// <param name="Epoch">The epoch that settles this lease.</param>
/// <param name="Attempt">The attempt's number, from 1.</param>
public readonly record struct LeaseResult(LeaseOutcome Outcome, int Epoch, int Attempt);

/// <summary>The end of an attempt.</summary>
public sealed record Settlement
{
    public required long EntryId { get; init; }
    public required int Epoch { get; init; }
    public required EntryState State { get; init; }

    /// <summary>For <see cref="EntryState.Queued"/> and <see cref="EntryState.InDoubt"/>: when it is looked at again.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Whether a step of the retry schedule was used.</summary>
    public required bool UsedStep { get; init; }

    public required AttemptStage Stage { get; init; }

    /// <summary>The reply's code; 0 when there was none.</summary>
    public required int Code { get; init; }

    /// <summary>The reply or the failure in words; untrusted, at most 1,024 characters are kept.</summary>
    public required string Reply { get; init; }

    /// <summary>The Message-ID we sent, without brackets, so that replies find the thread; kept when the upstream took it, or may have.</summary>
    public string? SentMessageId { get; init; }

    /// <summary>The id that the upstream's reply gave to the mail, by which its events and answers may name it; or <see langword="null"/>.</summary>
    public string? ProviderId { get; init; }

    /// <summary>Counters that get the entry's unit back; none for an entry that may have been sent.</summary>
    public ImmutableArray<CounterKey> GiveBack { get; init; } = [];

    /// <summary>Counters that grow by one with this outcome.</summary>
    public ImmutableArray<CounterKey> Count { get; init; } = [];

    /// <summary>What the outcome says of the recipient for mail to come; <see langword="null"/> for nothing.</summary>
    public SuppressRequest? Suppress { get; init; }
}

public enum SettleOutcome
{
    Settled,

    /// <summary>Another holder has the entry; nothing was written.</summary>
    Stale,

    /// <summary>Nothing was written: the lease stands, and the entry will be in doubt.</summary>
    Unavailable,
}

public readonly record struct SettleResult(SettleOutcome Outcome, ImmutableArray<CounterValue> Counters);

/// <summary>One try, as it is kept.</summary>
public sealed record AttemptRecord(
    int Number, string Upstream, string Credential, string Correlation, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    AttemptStage? Stage, int Code, string? Reply);
