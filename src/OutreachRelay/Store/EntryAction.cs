using System.Collections.Immutable;

namespace OutreachRelay.Store;

public enum EntryActionKind
{
    /// <summary>Queued and in-doubt entries become due now.</summary>
    Retry,

    /// <summary>Queued and in-doubt entries stop; what was not perhaps sent gives its unit back.</summary>
    Hold,

    /// <summary>Held entries become queued, due now.</summary>
    Release,

    /// <summary>Unfinished entries end as dropped and give their units back, unless they may have been sent.</summary>
    Drop,

    /// <summary>Dead letters become queued with a fresh schedule and a fresh expiry; what may have been sent only with <see cref="EntryAction.EvenIfSent"/>.</summary>
    Requeue,

    /// <summary>Queued and in-doubt entries go to the dead letter queue; what was not perhaps sent gives its unit back.</summary>
    Bury,

    /// <summary>Queued entries that hold the unit of another day take one of the first candidate's day; the sender stays. No event.</summary>
    Redate,

    /// <summary>Queued entries without an attempt go to another sender; see <see cref="EntryAction.Candidates"/>.</summary>
    Reassign,
}

/// <summary>Something done to entries from outside an attempt. Each is an event with who and why.</summary>
/// <param name="Ids">At most 1,000.</param>
/// <param name="GiveBack">The counters to which an entry's unit returns, from the entry as it is stored.</param>
public sealed record EntryAction(
    EntryActionKind Kind, ImmutableArray<long> Ids, string Who, string Reason, Func<QueueEntry, ImmutableArray<CounterKey>> GiveBack)
{
    /// <summary>For <see cref="EntryActionKind.Reassign"/> and <see cref="EntryActionKind.Redate"/>: best first.</summary>
    public ImmutableArray<SenderCandidate> Candidates { get; init; } = [];

    /// <summary>
    /// For <see cref="EntryActionKind.Reassign"/> of one entry: its recipient as the candidates were chosen for it. Another assignment on disk than it knows
    /// is a conflict. <see langword="null"/> where none counts.
    /// </summary>
    public EntryDraft? Draft { get; init; }

    /// <summary>For <see cref="EntryActionKind.Requeue"/>: the new expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>For <see cref="EntryActionKind.Requeue"/>: whether also what an upstream may have taken goes there again.</summary>
    public bool EvenIfSent { get; init; }
}

public enum ActionOutcome
{
    Done,
    Unknown,

    /// <summary>An attempt is running: its outcome is not to be hidden.</summary>
    Leased,

    Finished,

    /// <summary>The action does not apply to the entry's state.</summary>
    WrongState,

    /// <summary>No candidate had room, or the recipient is bound to another sender than the asker knew: see <see cref="ActionResult.Assigned"/>.</summary>
    Conflict,

    Unavailable,

    /// <summary>An upstream may have taken it, and the asker did not say that it is to be sent all the same.</summary>
    MaybeSent,
}

/// <param name="Entry">As it is after the action; <see langword="null"/> when unknown.</param>
public sealed record ActionResult(long Id, ActionOutcome Outcome, QueueEntry? Entry)
{
    /// <summary>After an action with an <see cref="EntryAction.Draft"/>: the sender to which its recipient is bound on disk, or <see langword="null"/> for none.</summary>
    public string? Assigned { get; init; }
}
