using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// The embedded store: one SQLite database in the data directory, used by one process. Writes share commits and flushes on one writer thread;
/// reads have threads and connections of their own.
/// </summary>
public sealed partial class SqliteStore : IStore
{
    private const int Readers = 2;

    // Messages or entries that one write of the upkeep touches.
    private const int Slice = 64;

    private readonly SqliteStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly StoreHealthState _health = new();
    private readonly DataDirectoryLock _lock;
    private readonly ContentFiles _content;
    private readonly EntryIds _ids;
    private readonly GroupWriter _writer;
    private readonly StoreUpkeep _upkeep;
    private readonly WorkThreads<ReadSession> _readers;
    private readonly WorkThreads<ContentFiles> _files;
    private readonly (StoreMark File, long Current) _mark;
    private int _disposed;

    private SqliteStore(OpenedStore opened, SqliteStoreOptions options, TimeProvider time, ILogger log)
    {
        (_options, _time, _log) = (options, time, log);
        (_lock, _content, _ids, _mark) = (opened.Lock, opened.Content, opened.Ids, opened.Mark);
        RestoredAt = opened.RestoredAt;
        if (opened.HeldAsRestored is { } held)
            Log.Restored(log, held);
        var wal = new WalWatch();
        _writer = new GroupWriter(options, opened.File, opened.Names, _health, wal, time, log);
        _upkeep = new StoreUpkeep(options, opened.File, opened.Content, _health, wal, _writer, time, log);
        _readers = new WorkThreads<ReadSession>("store reader", Readers, options.QueueCapacity,
            () => new ReadSession(opened.File, opened.Names, () => _writer.Generation));
        _files = new WorkThreads<ContentFiles>("store files", 1, options.QueueCapacity, () => _content);
        _writer.Start(opened.Session);
        _upkeep.RemoveOrphans(_ids.Last);
    }

    public StoreHealth Health => _health.Current;

    public QueueCounts Counts => _writer.Counts;

    public Action<IReadOnlyList<CounterValue>>? CountersCommitted
    {
        get => _writer.News.Listener;
        set => _writer.News.Listener = value;
    }

    public Action? Recovered
    {
        get => _writer.Recovered;
        set => _writer.Recovered = value;
    }

    public Func<QueueEntry, OutcomeEvent, OutcomeRuling> Judge { get; set; } =
        static (entry, heard) => new OutcomeRuling(entry.State, entry.Outcome ?? new EntryOutcome(heard.Kind, heard.Time, OutcomeCounts.None), []);

    /// <summary>When the entries of a restored database were held; <see langword="null"/> when it was not restored, or nothing was held any more at the start.</summary>
    public DateTimeOffset? RestoredAt { get; }

    /// <summary>Where a large message is written before it is accepted; on the same file system as its final place. Emptied at start.</summary>
    public string IncomingDirectory => _content.IncomingDirectory;

    /// <summary>
    /// Opens the data directory, migrates its schema, and declares the leases of a process that died in doubt. In a database that was restored
    /// from a backup, or moved, all that would be sent is held.
    /// </summary>
    /// <exception cref="StoreLockedException">Another process has it.</exception>
    /// <exception cref="StoreTooNewException">Its schema is newer than this program.</exception>
    /// <exception cref="StoreDamagedException">It is not ours, or damaged.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be opened for another reason.</exception>
    public static Task<SqliteStore> OpenAsync(SqliteStoreOptions options, TimeProvider time, ILogger<SqliteStore> log)
    {
        var opened = new TaskCompletionSource<SqliteStore>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                opened.SetResult(new SqliteStore(StoreOpening.Open(options, time), options, time, log));
            }
            catch (Exception error)
            {
                opened.SetException(error);
            }
        })
        { IsBackground = true, Name = "store opening" }.Start();
        return opened.Task;
    }

    public ValueTask<AcceptResult> AcceptAsync(AcceptRequest request)
    {
        var entries = 0;
        foreach (var group in request.Groups)
        {
            entries += group.Entries.Length;
            foreach (var draft in group.Entries)
            {
                if (draft.Digest.Length is not (0 or 16))
                    throw new ArgumentException("A digest has 16 octets.", nameof(request));
            }
        }
        ArgumentOutOfRangeException.ThrowIfZero(entries, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Content.Length, StoredMessage.MostInlineContent, nameof(request));

        if (Health is { CanWrite: false } health)
            return new(new AcceptResult.Unavailable(health));
        var id = _ids.Take(entries, _time.GetUtcNow().ToUnixTimeMilliseconds());
        var received = request.Received(id);
        return request.ContentFile is null
            ? _writer.SubmitAsync(new AcceptWrite(request, id, received, null, null, DeleteFile))
            : AcceptFileAsync(request, request.ContentFile, id, received);
    }

    public ValueTask<long?> FindRepetitionAsync(IReadOnlyList<DigestedRecipient> recipients, TimeSpan window) =>
        window > TimeSpan.Zero ? _writer.SubmitAsync(new RepetitionWrite(recipients, window)) : new(result: null);

    public ValueTask<LeaseResult> LeaseAsync(LeaseRequest request) => _writer.SubmitAsync(new LeaseWrite(request, _options.Node));

    public ValueTask<bool> RenewAsync(long entryId, int epoch, TimeSpan duration) =>
        _writer.SubmitAsync(new RenewWrite(entryId, epoch, duration));

    public ValueTask<SettleResult> SettleAsync(Settlement settlement)
    {
        if (settlement.State == EntryState.Leased)
            throw new ArgumentException("An attempt ends in another state than leased.", nameof(settlement));
        if (settlement.Due is null && settlement.State is EntryState.Queued or EntryState.InDoubt)
            throw new ArgumentException("An entry that goes on needs a time when it is due.", nameof(settlement));
        return _writer.SubmitAsync(new SettleWrite(settlement, _options.Node, Judge));
    }

    public ValueTask<ImmutableArray<ActionResult>> ApplyAsync(EntryAction action)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(action.Ids.Length, 1000, nameof(action));
        if (action is { Kind: EntryActionKind.Requeue, ExpiresAt: null })
            throw new ArgumentException("A requeued entry needs a new expiry.", nameof(action));
        return _writer.SubmitAsync(new ActionWrite(action));
    }

    public async ValueTask<ImmutableArray<QueueEntry>> SweepAsync(int limit, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack)
    {
        var changed = ImmutableArray.CreateBuilder<QueueEntry>();
        await InSlicesAsync(limit, async slice =>
        {
            var swept = await _writer.SubmitAsync(new SweepWrite(slice, _options.InDoubtWait, _options.Node, giveBack));
            changed.AddRange(swept);
            return swept.Length;
        });
        return changed.DrainToImmutable();
    }

    public async ValueTask<ImmutableArray<RecordedEvent>?> RecordAsync(ImmutableArray<OutcomeEvent> events)
    {
        var recorded = ImmutableArray.CreateBuilder<RecordedEvent>(events.Length);
        for (var done = 0; done < events.Length; done += Slice)
        {
            var slice = events.Slice(done, Math.Min(Slice, events.Length - done));
            if (await _writer.SubmitAsync(new EventWrite(slice, Judge)) is not { } written)
                return null;
            recorded.AddRange(written);
        }
        return recorded.MoveToImmutable();
    }

    public ValueTask<ImmutableArray<RecordedEvent>> MatchAsync(int limit) => _writer.SubmitAsync(new MatchWrite(limit, Judge));

    public ValueTask<int> DropUnmatchedAsync(TimeSpan unmatched, TimeSpan unknown, int limit) =>
        InSlicesAsync(limit, slice => _writer.SubmitAsync(new DropUnmatchedWrite(unmatched, unknown, slice)));

    public ValueTask<int> PurgeAsync(TimeSpan retention, int limit) =>
        InSlicesAsync(limit, slice => _writer.SubmitAsync(new PurgeWrite(retention, slice, _ids, DeleteFile)));

    public ValueTask<ImmutableArray<LaneHead>> ReadLanesAsync(CancellationToken cancel) => ReadAsync(LaneQueries.Lanes, cancel);

    public ValueTask<LanePage> ReadLaneAsync(
        LaneKey lane, EntryRank from, EntryRank to, DateTimeOffset until, int limit, CancellationToken cancel) =>
        ReadAsync(session => LaneQueries.Page(session, lane, from, to, until, limit), cancel);

    public ValueTask<ImmutableArray<QueueEntry>> ReadLatestAsync(LaneKey lane, DateOnly unitDate, int limit, CancellationToken cancel) =>
        ReadAsync(session => LaneQueries.Latest(session, lane, unitDate, limit), cancel);

    public ValueTask<LoadedEntry?> LoadAsync(long entryId, CancellationToken cancel) =>
        ReadAsync(session => EntryQueries.Load(session, entryId, _content.ContentDirectory), cancel);

    public ValueTask<EntrySlice> ListAsync(EntryFilter filter, CancellationToken cancel) =>
        ReadAsync(session => EntryQueries.List(session, filter, cancel), cancel);

    public ValueTask<MessageScore?> ReadScoreAsync(long messageId, CancellationToken cancel) =>
        ReadAsync(session => HistoryQueries.Score(session, messageId), cancel);

    public ValueTask<ImmutableArray<AttemptRecord>> ReadAttemptsAsync(long entryId, CancellationToken cancel) =>
        ReadAsync(session => HistoryQueries.Attempts(session, entryId), cancel);

    public ValueTask<ImmutableArray<StoreEvent>> ReadEventsAsync(long entryId, CancellationToken cancel) =>
        ReadAsync(session => HistoryQueries.Events(session, entryId), cancel);

    public ValueTask<EventSlice> ListEventsAsync(EventFilter filter, CancellationToken cancel) =>
        ReadAsync(session => EventQueries.List(session, filter), cancel);

    public ValueTask<long?> OpenToldAsync(string client, ToldBy way) => _writer.SubmitAsync(new OpenToldWrite(client, way));

    public ValueTask<bool> SaveToldAsync(string client, ToldBy way, long eventId) => _writer.SubmitAsync(new SaveToldWrite(client, way, eventId));

    public ValueTask<bool> CloseToldAsync(string client, ToldBy way) => _writer.SubmitAsync(new SaveToldWrite(client, way, null));

    public ValueTask<ImmutableArray<(string Client, ToldBy Way)>> ReadToldAsync(CancellationToken cancel) => ReadAsync(ToldTable.ReadAll, cancel);

    public ValueTask<bool> GiveUpAsync(string client, long after, long last, int events, string reason) =>
        _writer.SubmitAsync(new GiveUpWrite(client, after, last, events, reason));

    public ValueTask<ImmutableArray<Untold>> ReadUntoldAsync(string? client, CancellationToken cancel) =>
        ReadAsync(session => ToldTable.ReadUntold(session, client), cancel);

    public ValueTask<ImmutableArray<long>?> ChangeUntoldAsync(UntoldChange change) => _writer.SubmitAsync(new UntoldWrite(change));

    public ValueTask<ImmutableArray<CounterValue>> ReadCountersAsync(DateOnly from, CancellationToken cancel) =>
        ReadAsync(session => HistoryQueries.Counters(session, from), cancel);

    public ValueTask<string?> ReadAssignmentAsync(string client, string recipientKey, CancellationToken cancel) =>
        ReadAsync(session => HistoryQueries.Assignment(session, client, recipientKey), cancel);

    public ValueTask<string?> ReadThreadSenderAsync(string client, ImmutableArray<string> messageIds, CancellationToken cancel) =>
        ReadAsync(session => LaneQueries.ThreadSender(session, client, messageIds), cancel);

    public ValueTask<ImmutableArray<SenderRecord>> ReadSendersAsync(CancellationToken cancel) => ReadAsync(HistoryQueries.Senders, cancel);

    public ValueTask<ImmutableArray<PreflightRecord>> ReadPreflightAsync(CancellationToken cancel) => ReadAsync(HistoryQueries.Preflight, cancel);

    public ValueTask<bool> SavePreflightAsync(PreflightRecord record) => _writer.SubmitAsync(new PreflightWrite(record));

    public ValueTask<bool> SaveConditionAsync(string name, SenderCondition condition) => _writer.SubmitAsync(new ConditionWrite(name, condition));

    public ValueTask<QueueHold?> HoldAsync(HoldScope scope, DateTimeOffset? until, string who, string reason) =>
        scope is { Upstream: not null, RecipientDomain: not null }
            ? throw new ArgumentException("An upstream is not held for a recipient's domain.", nameof(scope))
            : _writer.SubmitAsync(new HoldWrite(scope, until, who, reason));

    public ValueTask<bool> EndHoldsAsync(IReadOnlyList<long> ids) => _writer.SubmitAsync(new EndHoldsWrite(ids));

    public ValueTask<ImmutableArray<QueueHold>> ReadHoldsAsync(CancellationToken cancel) => ReadAsync(HoldTable.ReadAll, cancel);

    public ValueTask<SuppressionRecord?> FindSuppressionAsync(RecipientHash recipient, string client, string? direction, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return ReadAsync(session => SuppressionQueries.Find(session, recipient, client, direction, now), cancel);
    }

    public ValueTask<ImmutableArray<SuppressOutcome>> SuppressAsync(IReadOnlyList<SuppressRequest> requests)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests.Count, 1000, nameof(requests));
        if (requests.Any(static request => request.Scope is { Client: null, Direction: not null }))
            throw new ArgumentException("A direction is a client's.", nameof(requests));
        return _writer.SubmitAsync(new SuppressWrite(requests));
    }

    public ValueTask<UnsuppressOutcome> UnsuppressAsync(RecipientHash recipient, SuppressionScope scope, bool evenIfAsked) =>
        _writer.SubmitAsync(new UnsuppressWrite(recipient, scope, evenIfAsked));

    public ValueTask<SuppressionSlice> ListSuppressionsAsync(SuppressionFilter filter, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return ReadAsync(session => SuppressionQueries.List(session, filter, now), cancel);
    }

    public ValueTask<ImmutableArray<RecipientHash>> ReadSuppressedAsync(RecipientHash after, int limit, CancellationToken cancel) =>
        ReadAsync(session => SuppressionQueries.Recipients(session, after, limit), cancel);

    public ValueTask<EraseResult> EraseAsync(EraseRequest request) => _writer.SubmitAsync(new EraseWrite(request, DeleteFile));

    public ValueTask<long?> FindNameAsync(string name, CancellationToken cancel) => ReadAsync(session => session.Names.FindId(name), cancel);

    public ValueTask<string?> ReadNameAsync(long id, CancellationToken cancel) => ReadAsync(session => session.Names.FindText(id), cancel);

    public ValueTask<DateTimeOffset?> ReadOldestAsync(EntryState state, CancellationToken cancel) =>
        ReadAsync(session => EntryQueries.Oldest(session, state), cancel);

    /// <summary>Writes what waits, closes the database and frees the data directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await ChangeMarkAsync();
        _health.Close();
        await _readers.DisposeAsync();
        await _upkeep.DisposeAsync();
        await _writer.StopAsync();
        await _files.DisposeAsync();
        _lock.Dispose();
    }

    // So that a backup of the time before, put back in place, is not taken for this database.
    private async ValueTask ChangeMarkAsync()
    {
        var next = StoreMark.New();
        try
        {
            _mark.File.Write(_mark.Current, next);
            if (await _writer.SubmitAsync(new MarkWrite(next)))
                _mark.File.Write(next);
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Log.NotMarked(_log, error);
        }
    }

    // Accepts that come meanwhile pass between two slices.
    private static async ValueTask<int> InSlicesAsync(int limit, Func<int, ValueTask<int>> write)
    {
        var total = 0;
        while (total < limit)
        {
            var slice = Math.Min(Slice, limit - total);
            var done = await write(slice);
            total += done;
            if (done < slice)
                break;
        }
        return total;
    }

    private ValueTask<T> ReadAsync<T>(Func<ReadSession, T> query, CancellationToken cancel) =>
        _readers.RunAsync(session => session.Read(query), cancel);

    private async ValueTask<AcceptResult> AcceptFileAsync(AcceptRequest request, string incoming, long id, ReadOnlyMemory<byte> received)
    {
        string name;
        try
        {
            name = await _files.RunAsync(files => files.TakeOver(incoming, id), CancellationToken.None);
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Log.FileFailed(_log, error);
            return new AcceptResult.Unavailable(new StoreHealth(StoreStatus.Failing, "the content could not be flushed"));
        }
        var write = new AcceptWrite(request, id, received, name, _content.FullPath(name), DeleteFile);
        var result = await _writer.SubmitAsync(write);
        // A write of a failed group may be on disk: then the writer decides about its file, after it has reopened the database.
        if (result is not AcceptResult.Accepted && !(result is AcceptResult.Unavailable && write.WasTried))
            await GiveBackAsync(name, incoming);
        return result;
    }

    private async ValueTask GiveBackAsync(string name, string incoming)
    {
        try
        {
            await _files.RunAsync(files => files.GiveBack(name, incoming), CancellationToken.None);
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Log.FileFailed(_log, error);
        }
    }

    private void DeleteFile(string name) => _ = DeleteFileAsync(name);

    private async Task DeleteFileAsync(string name)
    {
        try
        {
            await _files.RunAsync(files => files.Delete(name), CancellationToken.None);
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Log.FileFailed(_log, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3042, LogLevel.Warning, "The mark of the store could not be changed at its end")]
        public static partial void NotMarked(ILogger log, Exception error);

        [LoggerMessage(3041, LogLevel.Error, "The store was restored from a backup, or moved: its {Held} entries that waited are held, because they may have been "
            + "sent since. Compare with the logs of your providers, then drop what was sent (queue drop) and release the rest (queue release --all). New mail flows")]
        public static partial void Restored(ILogger log, long held);

        [LoggerMessage(3040, LogLevel.Warning, "A content file could not be flushed, moved or removed")]
        public static partial void FileFailed(ILogger log, Exception error);
    }
}
