using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Http;

/// <summary>A queue in memory, with the rules of the operator's actions and nothing else.</summary>
internal sealed class FakeStore : IStore
{
    public SortedDictionary<long, QueueEntry> Entries { get; } = [];
    public Dictionary<long, ImmutableArray<AttemptRecord>> Attempts { get; } = [];

    public Dictionary<long, MessageScore> Scores { get; } = [];
    public Dictionary<long, ImmutableArray<StoreEvent>> Events { get; } = [];
    public List<EntryAction> Actions { get; } = [];
    public List<QueueHold> Holds { get; } = [];
    public Dictionary<long, LoadedEntry?> Loaded { get; } = [];
    public Dictionary<string, SenderCondition> Conditions { get; } = [];
    public StoreHealth Health { get; set; } = StoreHealth.Ready;
    public Action? Recovered { get; set; }
    public Action<IReadOnlyList<CounterValue>>? CountersCommitted { get; set; }
    public Func<QueueEntry, OutcomeEvent, OutcomeRuling> Judge { get; set; } = static (_, _) => throw new NotSupportedException();
    public Exception? ReadFailure { get; set; }

    /// <summary>Lanes are read when it is complete.</summary>
    public Task ReadGate { get; set; } = Task.CompletedTask;

    public int LaneReads { get; private set; }

    /// <summary>Entries are loaded when it is complete.</summary>
    public Func<CancellationToken, Task> LoadGate { get; set; } = static _ => Task.CompletedTask;

    public int Loads { get; private set; }

    public int Renewals { get; private set; }

    public QueueCounts Counts => new(Count(EntryState.Queued), Count(EntryState.Leased), Count(EntryState.InDoubt), Count(EntryState.Held), Count(EntryState.Dead));

    public QueueEntry Add(EntryState state = EntryState.Queued, string client = "crm", string? reply = null, long? message = null, string recipient = "jane@example.org")
    {
        var id = Entries.Count + 1;
        var entry = new QueueEntry
        {
            Id = id,
            MessageId = message ?? id,
            Client = client,
            Direction = "main",
            Recipient = recipient,
            Sender = "ann@example.com",
            UnitDate = null,
            State = state,
            CreatedAt = Api.Now.AddMinutes(-90),
            Due = Api.Now.AddSeconds(200),
            ExpiresAt = Api.Now.AddDays(3),
            NotBefore = null,
            UnitUsed = false,
            Rank = EntryRank.Tried,
            MaybeSent = false,
            Attempts = 2,
            Epoch = 2,
            Upstream = "sendgrid",
            LastReply = reply,
        };
        Entries.Add(id, entry);
        return entry;
    }

    public ValueTask<ImmutableArray<ActionResult>> ApplyAsync(EntryAction action)
    {
        Actions.Add(action);
        return new([.. action.Ids.Select(id => Apply(action, id))]);
    }

    public ValueTask<EntrySlice> ListAsync(EntryFilter filter, CancellationToken cancel)
    {
        if (ReadFailure is not null)
            throw ReadFailure;
        var states = filter.States is [] ? [EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held] : filter.States;
        ImmutableArray<QueueEntry> page = [.. Entries.Values.Where(entry => states.Contains(entry.State) && entry.Id > filter.After
            && (filter.Id is null || entry.Id == filter.Id || entry.MessageId == filter.Id)
            && (filter.Client is null || entry.Client == filter.Client)
            && (filter.Direction is null || entry.Direction == filter.Direction)
            && (filter.Sender is null || entry.Sender == filter.Sender)
            && (filter.Upstream is null || entry.Upstream == filter.Upstream)
            && (filter.RecipientDomain is null || entry.Recipient.EndsWith("@" + filter.RecipientDomain, StringComparison.Ordinal))
            && (filter.Stage is null || entry.LastStage == filter.Stage)
            && (filter.Codes is not { } codes || (entry.LastCode >= codes.From && entry.LastCode <= codes.To))
            && (filter.AcceptedFrom is null || entry.CreatedAt >= filter.AcceptedFrom)
            && (filter.AcceptedBefore is null || entry.CreatedAt < filter.AcceptedBefore)).Take(filter.Limit)];
        return new(new EntrySlice(page, page.Length == filter.Limit ? page[^1].Id : null));
    }

    public ValueTask<ImmutableArray<StoreEvent>> ReadEventsAsync(long entryId, CancellationToken cancel) => new(Events.GetValueOrDefault(entryId, []));

    public ValueTask<MessageScore?> ReadScoreAsync(long messageId, CancellationToken cancel) => new(Scores.GetValueOrDefault(messageId));

    public ValueTask<ImmutableArray<AttemptRecord>> ReadAttemptsAsync(long entryId, CancellationToken cancel) => new(Attempts.GetValueOrDefault(entryId, []));

    public ValueTask<DateTimeOffset?> ReadOldestAsync(EntryState state, CancellationToken cancel) =>
        new(Entries.Values.Where(entry => entry.State == state).Select(entry => (DateTimeOffset?)entry.CreatedAt).Min());

    public ValueTask DisposeAsync() => default;

    public ValueTask<AcceptResult> AcceptAsync(AcceptRequest request) => throw new NotSupportedException();
    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request) => throw new NotSupportedException();
    public ValueTask<bool> RenewAsync(long entryId, int epoch, TimeSpan duration)
    {
        Renewals++;
        return new(true);
    }
    public ValueTask<SettleResult> SettleAsync(Settlement settlement) => throw new NotSupportedException();
    public ValueTask<ImmutableArray<QueueEntry>> SweepAsync(int limit, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack) => throw new NotSupportedException();
    /// <summary>What was recorded; no entry is known by any of it.</summary>
    public List<OutcomeEvent> Heard { get; } = [];

    /// <summary>Whether what is heard can be recorded.</summary>
    public bool Hears { get; set; } = true;

    public ValueTask<ImmutableArray<RecordedEvent>?> RecordAsync(ImmutableArray<OutcomeEvent> events)
    {
        if (!Hears)
            return ValueTask.FromResult<ImmutableArray<RecordedEvent>?>(null);
        Heard.AddRange(events);
        return ValueTask.FromResult<ImmutableArray<RecordedEvent>?>([.. events.Select(static heard => new RecordedEvent(heard, RecordedAs.Unmatched, null))]);
    }

    public ValueTask<ImmutableArray<RecordedEvent>> MatchAsync(int limit) => throw new NotSupportedException();
    public ValueTask<int> DropUnmatchedAsync(TimeSpan unmatched, TimeSpan unknown, int limit) => throw new NotSupportedException();

    public List<ListedEvent> Listed { get; } = [];

    public ValueTask<EventSlice> ListEventsAsync(EventFilter filter, CancellationToken cancel)
    {
        var after = filter.After >= 0 ? filter.After : Listed.Count + filter.After;
        ImmutableArray<ListedEvent> page = [.. Listed.Where(listed => listed.Id > after
            && (filter.Kinds is [] || filter.Kinds.Contains(listed.Event.Kind)) && (filter.Client is null || filter.Client == listed.Client)
            && (filter.Upstream is null || filter.Upstream == listed.Event.Who) && (filter.EntryId is null || filter.EntryId == listed.EntryId)).Take(filter.Limit)];
        var next = page.Length == filter.Limit ? page[^1].Id : Math.Max(after, Listed.Count);
        return new(new EventSlice(page, next, next >= Listed.Count));
    }

    public ValueTask<int> PurgeAsync(TimeSpan retention, int limit) => throw new NotSupportedException();

    public async ValueTask<ImmutableArray<LaneHead>> ReadLanesAsync(CancellationToken cancel)
    {
        LaneReads++;
        await ReadGate.WaitAsync(cancel);
        return [.. Entries.Values.Where(entry => entry.State is EntryState.Queued or EntryState.InDoubt)
            .GroupBy(entry => new LaneKey(entry.Client, entry.Direction, entry.Sender))
            .Select(lane => new LaneHead(lane.Key, lane.Min(entry => entry.Due)))];
    }

    public ValueTask<LanePage> ReadLaneAsync(
        LaneKey lane, EntryRank from, EntryRank to, DateTimeOffset until, int limit, CancellationToken cancel)
    {
        var waiting = Entries.Values.Where(entry => new LaneKey(entry.Client, entry.Direction, entry.Sender) == lane
            && entry.State is EntryState.Queued or EntryState.InDoubt && entry.Rank >= from && entry.Rank <= to).ToList();
        var due = waiting.Where(entry => entry.Due <= until).OrderBy(entry => entry.Rank).ThenBy(entry => entry.Due).ToList();
        var next = waiting.Where(entry => entry.Due > until).Min(entry => (DateTimeOffset?)entry.Due);
        return new(new LanePage([.. due.Take(limit)], due.Count > limit, next));
    }

    public ValueTask<ImmutableArray<QueueEntry>> ReadLatestAsync(LaneKey lane, DateOnly unitDate, int limit, CancellationToken cancel) =>
        throw new NotSupportedException();
    public ValueTask<long?> FindRepetitionAsync(IReadOnlyList<DigestedRecipient> recipients, TimeSpan window) => throw new NotSupportedException();
    public ValueTask<string?> ReadThreadSenderAsync(string client, ImmutableArray<string> messageIds, CancellationToken cancel) =>
        throw new NotSupportedException();
    public ValueTask<ImmutableArray<SenderRecord>> ReadSendersAsync(CancellationToken cancel) => new([]);
    public ValueTask<bool> SaveConditionAsync(string name, SenderCondition condition)
    {
        if (Health.CanWrite)
            Conditions[name] = condition;
        return new(Health.CanWrite);
    }

    public ValueTask<QueueHold?> HoldAsync(HoldScope scope, DateTimeOffset? until, string who, string reason)
    {
        if (!Health.CanWrite)
            return new((QueueHold?)null);
        var hold = new QueueHold(Holds.Count + 1, scope, Api.Now, until, who, reason);
        Holds.Add(hold);
        return new(hold);
    }

    public ValueTask<bool> EndHoldsAsync(IReadOnlyList<long> ids)
    {
        if (Health.CanWrite)
            Holds.RemoveAll(hold => ids.Contains(hold.Id));
        return new(Health.CanWrite);
    }

    public ValueTask<ImmutableArray<QueueHold>> ReadHoldsAsync(CancellationToken cancel) => new([.. Holds]);

    public async ValueTask<LoadedEntry?> LoadAsync(long entryId, CancellationToken cancel)
    {
        Loads++;
        await LoadGate(cancel);
        return Loaded.GetValueOrDefault(entryId);
    }

    public SortedDictionary<(RecipientHash, string), SuppressionRecord> Suppressions { get; } = [];

    public ValueTask<SuppressionRecord?> FindSuppressionAsync(RecipientHash recipient, string client, string? direction, CancellationToken cancel) =>
        new(Suppressions.Values.FirstOrDefault(record => record.Recipient == recipient && (record.Scope.Client ?? client) == client));

    public ValueTask<ImmutableArray<SuppressOutcome>> SuppressAsync(IReadOnlyList<SuppressRequest> requests) => new([.. requests.Select(request =>
        !Health.CanWrite ? SuppressOutcome.Unavailable
        : Suppressions.TryAdd((request.Recipient, request.Scope.ToString()), new SuppressionRecord(
            request.Recipient, request.Scope, request.Reason, request.At, request.Until, request.Source, request.Address)) ? SuppressOutcome.Added
        : SuppressOutcome.Existing)]);

    public ValueTask<UnsuppressOutcome> UnsuppressAsync(RecipientHash recipient, SuppressionScope scope, bool evenIfAsked) => new(
        !Suppressions.TryGetValue((recipient, scope.ToString()), out var record) ? UnsuppressOutcome.Unknown
        : SuppressionRecord.IsAsked(record.Reason) && !evenIfAsked ? UnsuppressOutcome.Asked
        : Suppressions.Remove((recipient, scope.ToString())) ? UnsuppressOutcome.Done : UnsuppressOutcome.Unknown);

    public ValueTask<SuppressionSlice> ListSuppressionsAsync(SuppressionFilter filter, CancellationToken cancel)
    {
        ImmutableArray<SuppressionRecord> page = [.. Suppressions.Values.Where(record =>
            (filter.After is not { } after || record.Recipient.CompareTo(after.Recipient) > 0) && (filter.Recipient is null || record.Recipient == filter.Recipient)
            && (filter.Client is null || record.Scope.Client == filter.Client) && (!filter.Global || record.Scope.Client is null)
            && (filter.Reason is null || record.Reason == filter.Reason)).Take(filter.Limit)];
        return new(new SuppressionSlice(page, page.Length == filter.Limit ? new SuppressionCursor(page[^1].Recipient, 0, 0) : null));
    }

    public ValueTask<ImmutableArray<RecipientHash>> ReadSuppressedAsync(RecipientHash after, int limit, CancellationToken cancel) => new([]);
    public ValueTask<EraseResult> EraseAsync(EraseRequest request) => new(new EraseResult(2, 1, IsUnavailable: false));
    public ValueTask<long?> FindNameAsync(string name, CancellationToken cancel) => throw new NotSupportedException();
    public ValueTask<string?> ReadNameAsync(long id, CancellationToken cancel) => throw new NotSupportedException();
    public Dictionary<(string Domain, string Upstream), PreflightRecord> Preflight { get; } = [];

    public ValueTask<ImmutableArray<PreflightRecord>> ReadPreflightAsync(CancellationToken cancel) => new([.. Preflight.Values]);

    public ValueTask<bool> SavePreflightAsync(PreflightRecord record)
    {
        Preflight[(record.Domain, record.Upstream)] = record;
        return new(true);
    }

    public ValueTask<long?> OpenToldAsync(string client, ToldBy way) => throw new NotSupportedException();

    public ValueTask<bool> SaveToldAsync(string client, ToldBy way, long eventId) => throw new NotSupportedException();

    public ValueTask<bool> CloseToldAsync(string client, ToldBy way) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<(string Client, ToldBy Way)>> ReadToldAsync(CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<bool> GiveUpAsync(string client, long after, long last, int events, string reason) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<Untold>> ReadUntoldAsync(string? client, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<long>?> ChangeUntoldAsync(UntoldChange change) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<CounterValue>> ReadCountersAsync(DateOnly from, CancellationToken cancel) => new([]);
    public ValueTask<string?> ReadAssignmentAsync(string client, string recipientKey, CancellationToken cancel) => throw new NotSupportedException();

    private long Count(EntryState state) => Entries.Values.Count(entry => entry.State == state);

    private ActionResult Apply(EntryAction action, long id)
    {
        if (!Health.CanWrite)
            return new ActionResult(id, ActionOutcome.Unavailable, null);
        if (!Entries.TryGetValue(id, out var entry))
            return new ActionResult(id, ActionOutcome.Unknown, null);
        if (entry.State == EntryState.Leased)
            return new ActionResult(id, ActionOutcome.Leased, entry);
        if (entry.State >= EntryState.Relayed)
            return new ActionResult(id, ActionOutcome.Finished, entry);
        EntryState? next = (action.Kind, entry.State) switch
        {
            (EntryActionKind.Retry, EntryState.Queued or EntryState.InDoubt) => EntryState.Queued,
            (EntryActionKind.Hold, EntryState.Queued or EntryState.InDoubt) => EntryState.Held,
            (EntryActionKind.Release, EntryState.Held) => EntryState.Queued,
            (EntryActionKind.Requeue, EntryState.Dead) => EntryState.Queued,
            (EntryActionKind.Drop, _) => EntryState.Dropped,
            _ => null,
        };
        if (next is null)
            return new ActionResult(id, ActionOutcome.WrongState, entry);
        if (action is { Kind: EntryActionKind.Requeue, EvenIfSent: false } && entry.MaybeSent)
            return new ActionResult(id, ActionOutcome.MaybeSent, entry);
        return new ActionResult(id, ActionOutcome.Done, Entries[id] = entry with { State = next.Value });
    }
}
