using System.Collections.Immutable;

namespace OutreachRelay.Store;

/// <summary>
/// Where messages, queue entries, budgets, assignments and outcomes live. Every call that writes is one transaction, flushed to disk
/// before it completes, and shares its flush with the others that wait (group commit).
/// </summary>
/// <remarks>
/// No write can be cancelled: once asked for, it ends. When the store cannot write, a call answers its <c>Unavailable</c> value and
/// <see cref="Health"/> says why; it recovers without a restart. Reads are paged and never see a part of a transaction; one that fails
/// throws <see cref="StoreUnavailableException"/>.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>Whether the store takes writes. Asked on every hot path: no I/O, no waiting, no allocation.</summary>
    StoreHealth Health { get; }

    /// <summary>Told of every counter that a commit changed, in commit order, before the callers of that commit go on. Set once, before the first write.</summary>
    Action<IReadOnlyList<CounterValue>>? CountersCommitted { get; set; }

    /// <summary>Told when the store works again after a failure: writes whose outcome nobody heard of may have left due entries. Set once, before the first write.</summary>
    Action? Recovered { get; set; }

    /// <summary>
    /// Decides, in the transaction that records an event, what it makes of its entry; asked again when an attempt ends whose entry was heard of
    /// meanwhile. It runs on the writer: it returns at once and does not throw. Set once, before the first write.
    /// </summary>
    Func<QueueEntry, OutcomeEvent, OutcomeRuling> Judge { get; set; }

    /// <summary>Unfinished entries by state, kept with every commit.</summary>
    QueueCounts Counts { get; }

    /// <summary>Writes a message, its entries, one unit of each claimed counter per entry, and the sticky assignments, or nothing of it.</summary>
    ValueTask<AcceptResult> AcceptAsync(AcceptRequest request);

    /// <summary>The message that first brought the same to each of the recipients within a window, also one that is being accepted; <see langword="null"/> when one of them is new, or the store is unavailable.</summary>
    ValueTask<long?> FindRepetitionAsync(IReadOnlyList<DigestedRecipient> recipients, TimeSpan window);

    /// <summary>Takes an entry for one attempt: the row that says so is on disk before anything is sent (RFC 5321 §4.5.4.1: no needless repetition).</summary>
    ValueTask<LeaseResult> LeaseAsync(LeaseRequest request);

    /// <summary>Moves the end of a running lease.</summary>
    ValueTask<bool> RenewAsync(long entryId, int epoch, TimeSpan duration);

    /// <summary>Ends an attempt: the entry's new state, what the upstream said, and the units given back.</summary>
    ValueTask<SettleResult> SettleAsync(Settlement settlement);

    /// <summary>Applies an operator's or the relay's own action to unfinished entries.</summary>
    ValueTask<ImmutableArray<ActionResult>> ApplyAsync(EntryAction action);

    /// <summary>Ends what is past its time: leases whose holder died become in doubt, entries past their expiry expire. At most <paramref name="limit"/> entries a call.</summary>
    /// <param name="giveBack">The counters to which an expired entry's unit returns, from the entry as it is stored; not asked for entries that may have been sent.</param>
    /// <returns>The entries that changed, as they are now; call again at once when they are <paramref name="limit"/>.</returns>
    ValueTask<ImmutableArray<QueueEntry>> SweepAsync(int limit, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack);

    /// <summary>
    /// Records what was heard of mails, each event once: it finds the entry by our id, else by the provider's, and puts it in the state that
    /// <see cref="Judge"/> says. Some of many may be on disk when the answer is that the store is unavailable: the same events may be given again.
    /// </summary>
    /// <returns>What became of each, in their order; <see langword="null"/> when not all are on disk.</returns>
    ValueTask<ImmutableArray<RecordedEvent>?> RecordAsync(ImmutableArray<OutcomeEvent> events);

    /// <summary>Looks again for the entries of events that belonged to none: an id that a provider gave may be known by now. It goes round all of them, at most <paramref name="limit"/> a call.</summary>
    /// <returns>Those that belong to one now.</returns>
    ValueTask<ImmutableArray<RecordedEvent>> MatchAsync(int limit);

    /// <summary>Removes events that have belonged to no entry for long: those of unknown kinds after <paramref name="unknown"/>, others after <paramref name="unmatched"/>.</summary>
    /// <returns>How many; call again at once when they are <paramref name="limit"/>.</returns>
    ValueTask<int> DropUnmatchedAsync(TimeSpan unmatched, TimeSpan unknown, int limit);

    /// <summary>Removes finished entries, their content, and duplicate marks that are older than their retention. At most <paramref name="limit"/> messages a call.</summary>
    ValueTask<int> PurgeAsync(TimeSpan retention, int limit);

    /// <summary>Every lane in which entries are queued or in doubt.</summary>
    ValueTask<ImmutableArray<LaneHead>> ReadLanesAsync(CancellationToken cancel);

    /// <summary>A lane's queued and in-doubt entries of the ranks <paramref name="from"/> to <paramref name="to"/> that are due until <paramref name="until"/>, in the order in which they leave.</summary>
    ValueTask<LanePage> ReadLaneAsync(
        LaneKey lane, EntryRank from, EntryRank to, DateTimeOffset until, int limit, CancellationToken cancel);

    /// <summary>The last first mails without an attempt that hold a unit of a date in a lane: who gives way when a follow-up needs one.</summary>
    ValueTask<ImmutableArray<QueueEntry>> ReadLatestAsync(LaneKey lane, DateOnly unitDate, int limit, CancellationToken cancel);

    /// <summary>An entry with its message, ready to be sent; <see langword="null"/> when there is none of that id.</summary>
    ValueTask<LoadedEntry?> LoadAsync(long entryId, CancellationToken cancel);

    /// <summary>One page of entries, in the order of their ids. It looks at a bounded number, so a filter that few pass gives short pages.</summary>
    ValueTask<EntrySlice> ListAsync(EntryFilter filter, CancellationToken cancel);

    /// <summary>How a message's content scored; <see langword="null"/> when it was not scored, or there is none of that id.</summary>
    ValueTask<MessageScore?> ReadScoreAsync(long messageId, CancellationToken cancel);

    /// <summary>The attempts of an entry, first one first.</summary>
    ValueTask<ImmutableArray<AttemptRecord>> ReadAttemptsAsync(long entryId, CancellationToken cancel);

    /// <summary>What happened to an entry beside its attempts, first one first.</summary>
    ValueTask<ImmutableArray<StoreEvent>> ReadEventsAsync(long entryId, CancellationToken cancel);

    /// <summary>One page of events. It looks at a bounded number, so a filter that few pass gives short pages.</summary>
    ValueTask<EventSlice> ListEventsAsync(EventFilter filter, CancellationToken cancel);

    /// <summary>The id of the event until which a client was told, kept from now on; for one that was never told, that of the last event there is.</summary>
    /// <returns><see langword="null"/> when it could not be kept.</returns>
    ValueTask<long?> OpenToldAsync(string client, ToldBy way);

    /// <summary>Keeps until which event a client was told.</summary>
    /// <returns>Whether it is on disk.</returns>
    ValueTask<bool> SaveToldAsync(string client, ToldBy way, long eventId);

    /// <summary>Forgets it: the client is told no more.</summary>
    /// <returns>Whether it is gone from disk.</returns>
    ValueTask<bool> CloseToldAsync(string client, ToldBy way);

    /// <summary>Who is told, and how.</summary>
    ValueTask<ImmutableArray<(string Client, ToldBy Way)>> ReadToldAsync(CancellationToken cancel);

    /// <summary>Gives up the events of a client after <paramref name="after"/> until <paramref name="last"/>, and goes on behind them.</summary>
    /// <param name="events">How many of these are the client's and were to be told.</param>
    /// <returns>Whether it is on disk.</returns>
    ValueTask<bool> GiveUpAsync(string client, long after, long last, int events, string reason);

    /// <summary>What was given up and is neither told nor dropped since, the oldest first; it is kept as long as finished entries are.</summary>
    /// <param name="client"><see langword="null"/> for all.</param>
    ValueTask<ImmutableArray<Untold>> ReadUntoldAsync(string? client, CancellationToken cancel);

    /// <summary>Changes what was given up.</summary>
    /// <returns>Those of the ids that there were; <see langword="null"/> when nothing could be written.</returns>
    ValueTask<ImmutableArray<long>?> ChangeUntoldAsync(UntoldChange change);

    /// <summary>The counters of <paramref name="from"/> and all later dates, and those of the month in which it lies: what memory starts from.</summary>
    ValueTask<ImmutableArray<CounterValue>> ReadCountersAsync(DateOnly from, CancellationToken cancel);

    /// <summary>The sender that a client's recipient is bound to, or <see langword="null"/>.</summary>
    ValueTask<string?> ReadAssignmentAsync(string client, string recipientKey, CancellationToken cancel);

    /// <summary>The sender of the latest message with one of these Message-IDs that was sent for a client, the first id that is known deciding; or <see langword="null"/>.</summary>
    /// <param name="messageIds">Without brackets, nearest in the thread first; as the client wrote them or as we sent them.</param>
    ValueTask<string?> ReadThreadSenderAsync(string client, ImmutableArray<string> messageIds, CancellationToken cancel);

    /// <summary>What is kept of every sender and sender domain beside its counters.</summary>
    ValueTask<ImmutableArray<SenderRecord>> ReadSendersAsync(CancellationToken cancel);

    /// <summary>Keeps a sender's or sender domain's condition.</summary>
    /// <returns>Whether it is on disk.</returns>
    ValueTask<bool> SaveConditionAsync(string name, SenderCondition condition);

    /// <summary>Holds a scope. One that is held already keeps its time, and gets the new reason and end.</summary>
    /// <returns>The hold, on disk; <see langword="null"/> when it could not be written.</returns>
    ValueTask<QueueHold?> HoldAsync(HoldScope scope, DateTimeOffset? until, string who, string reason);

    /// <summary>Ends holds.</summary>
    /// <returns>Whether they are gone from disk.</returns>
    ValueTask<bool> EndHoldsAsync(IReadOnlyList<long> ids);

    /// <summary>The scopes that are held, the oldest first.</summary>
    ValueTask<ImmutableArray<QueueHold>> ReadHoldsAsync(CancellationToken cancel);

    /// <summary>What preflight found of every sender domain at every upstream.</summary>
    ValueTask<ImmutableArray<PreflightRecord>> ReadPreflightAsync(CancellationToken cancel);

    /// <summary>Keeps what preflight found. What was found more than 30 days earlier, and never again, is dropped.</summary>
    /// <returns>Whether it is on disk.</returns>
    ValueTask<bool> SavePreflightAsync(PreflightRecord record);

    /// <summary>Why a client's direction must not mail a recipient now: for all clients, for the client, or for the direction; <see langword="null"/> when it may.</summary>
    /// <param name="direction"><see langword="null"/> when it is not known yet; then only what holds for all of the client's.</param>
    ValueTask<SuppressionRecord?> FindSuppressionAsync(RecipientHash recipient, string client, string? direction, CancellationToken cancel);

    /// <summary>Suppresses recipients, or counts what may come to that.</summary>
    /// <param name="requests">At most 1,000.</param>
    /// <returns>What became of each, in their order.</returns>
    ValueTask<ImmutableArray<SuppressOutcome>> SuppressAsync(IReadOnlyList<SuppressRequest> requests);

    /// <summary>Ends a suppression of exactly this scope, and forgets the recipient's soft bounces there.</summary>
    /// <param name="evenIfAsked">Whether also one that the recipient asked for.</param>
    ValueTask<UnsuppressOutcome> UnsuppressAsync(RecipientHash recipient, SuppressionScope scope, bool evenIfAsked);

    /// <summary>One page of suppressions, in the order of their hashes. It looks at a bounded number, so a filter that few pass gives short pages.</summary>
    ValueTask<SuppressionSlice> ListSuppressionsAsync(SuppressionFilter filter, CancellationToken cancel);

    /// <summary>The recipients of any suppression above <paramref name="after"/>, in their order, each at least once; what memory's filter is filled from.</summary>
    ValueTask<ImmutableArray<RecipientHash>> ReadSuppressedAsync(RecipientHash after, int limit, CancellationToken cancel);

    /// <summary>Removes a person's address from all that is kept: assignments, waiting and finished entries, sent ids, suppressions, of which the hash stays.</summary>
    ValueTask<EraseResult> EraseAsync(EraseRequest request);

    /// <summary>The number that stands for a client's or direction's name in this store for good; <see langword="null"/> for a name that no entry ever had.</summary>
    ValueTask<long?> FindNameAsync(string name, CancellationToken cancel);

    /// <summary>The name behind such a number, or <see langword="null"/>.</summary>
    ValueTask<string?> ReadNameAsync(long id, CancellationToken cancel);

    /// <summary>When the oldest unfinished entry of a state was accepted.</summary>
    ValueTask<DateTimeOffset?> ReadOldestAsync(EntryState state, CancellationToken cancel);
}
