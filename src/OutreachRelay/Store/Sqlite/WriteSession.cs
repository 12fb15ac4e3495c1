using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What the writer holds between an open and a failure: the connection, its statements, and the memory that mirrors the disk.</summary>
internal sealed class WriteSession : IDisposable
{
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _setMeta;
    private readonly Statement _forgetCounters;
    private readonly WalFlush _flush;
    private readonly long[] _counts = new long[(int)EntryState.Dead + 1];
    private readonly long[] _pendingCounts = new long[(int)EntryState.Dead + 1];

    internal WriteSession(SqliteConnection connection, NameCache names)
    {
        Connection = connection;
        _begin = new Statement(connection, "BEGIN IMMEDIATE");
        _commit = new Statement(connection, "COMMIT");
        _rollback = new Statement(connection, "ROLLBACK");
        _setMeta = new Statement(connection, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
        _forgetCounters = new Statement(connection, "DELETE FROM counter WHERE date < ?");
        Names = new NameTable(connection, names);
        Counters = new CounterTable(connection, Names);
        People = new PeopleTable(connection);
        Messages = new MessageTable(connection);
        Entries = new EntryTable(connection);
        History = new HistoryTable(connection);
        Senders = new SenderTable(connection);
        Preflight = new PreflightTable(connection);
        Forgotten = new ForgottenTable(connection);
        Upkeep = new SweepTable(connection);
        Holds = new HoldTable(connection);
        Events = new EventTable(connection);
        Suppressions = new SuppressionTable(connection);
        Erasure = new ErasureTable(connection);
        Told = new ToldTable(connection);
        LoadCounts();
        _flush = new WalFlush(connection);
    }

    internal SqliteConnection Connection { get; }
    internal NameTable Names { get; }
    internal CounterTable Counters { get; }
    internal PeopleTable People { get; }
    internal MessageTable Messages { get; }
    internal EntryTable Entries { get; }
    internal HistoryTable History { get; }
    internal SenderTable Senders { get; }
    internal PreflightTable Preflight { get; }
    internal ForgottenTable Forgotten { get; }
    internal SweepTable Upkeep { get; }
    internal HoldTable Holds { get; }
    internal EventTable Events { get; }
    internal SuppressionTable Suppressions { get; }
    internal ErasureTable Erasure { get; }
    internal ToldTable Told { get; }

    /// <summary>The group's time, Unix milliseconds.</summary>
    internal long Now { get; private set; }

    /// <summary>Unfinished entries by state, as committed.</summary>
    internal QueueCounts Counts => new(_counts[0], _counts[1], _counts[2], _counts[3], _counts[4]);

    /// <summary>The longest window, in milliseconds, in which an accept asked for repetitions: so long finished entries must stay.</summary>
    internal long LongestDuplicateWindow { get; set; }

    /// <returns>The message that brought this digest to the recipient within <paramref name="window"/>, or 0.</returns>
    internal long FindRepetition(long recipient, ReadOnlySpan<byte> digest, TimeSpan window) =>
        recipient == 0 || digest.IsEmpty || window <= TimeSpan.Zero
            ? 0
            : Entries.FindRepetition(recipient, digest, Now - (long)window.TotalMilliseconds);

    internal void Begin(long now)
    {
        Now = now;
        Run(_begin);
    }

    /// <summary>Ends the transaction; what it wrote is on disk then.</summary>
    /// <exception cref="SqliteException">It could not be written.</exception>
    /// <exception cref="IOException">It was written, and whether it is on disk is unknown.</exception>
    internal void Commit()
    {
        Counters.Flush();
        Run(_commit);
        _flush.Run();
    }

    /// <summary>Brings memory up to the commit that has just succeeded.</summary>
    /// <returns>The counters that it changed.</returns>
    internal CounterValue[] Publish()
    {
        var changed = Counters.Commit();
        Names.Commit();
        for (var state = 0; state < _counts.Length; state++)
            _counts[state] += _pendingCounts[state];
        Array.Clear(_pendingCounts);
        return changed;
    }

    internal void Rollback()
    {
        Counters.Rollback();
        Names.Rollback();
        Events.Rollback();
        Array.Clear(_pendingCounts);
        Run(_rollback);
    }

    /// <summary>Books a change of state in the counts.</summary>
    internal void Move(EntryState? from, EntryState to)
    {
        if (from is { } old && (int)old < _pendingCounts.Length)
            _pendingCounts[(int)old]--;
        if ((int)to < _pendingCounts.Length)
            _pendingCounts[(int)to]++;
    }

    /// <summary>Books that every leased entry is now in doubt.</summary>
    internal void MoveAllLeased()
    {
        var leased = _counts[(int)EntryState.Leased];
        _pendingCounts[(int)EntryState.Leased] -= leased;
        _pendingCounts[(int)EntryState.InDoubt] += leased;
    }

    /// <summary>Books that every queued or in-doubt entry is now held.</summary>
    /// <returns>How many those are.</returns>
    internal long MoveAllToHeld()
    {
        var moved = 0L;
        foreach (var state in (ReadOnlySpan<EntryState>)[EntryState.Queued, EntryState.InDoubt])
        {
            var here = _counts[(int)state] + _pendingCounts[(int)state];
            _pendingCounts[(int)state] -= here;
            moved += here;
        }
        _pendingCounts[(int)EntryState.Held] += moved;
        return moved;
    }

    /// <summary>Ends an entry; when it was its message's last one, the message is queued for the purge.</summary>
    internal void Finish(in EntryHead entry)
    {
        var entries = Messages.CountEntries(entry.MessageId);
        if (entries <= 1 || !Entries.AnyUnfinished(entry.MessageId, entries))
            History.AddFinished(Now, entry.MessageId);
    }

    /// <summary>Ends an entry outside of an attempt; its units return unless an upstream may have taken it.</summary>
    internal void End(in EntryHead entry, EntryState state, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack)
    {
        Entries.Set(entry.Id, state, Now, usedStep: false, maybeSent: false, unitsReturned: GiveBack(entry, giveBack));
        Move(entry.State, state);
        Finish(entry);
    }

    /// <summary>Puts an entry in the state that an event gives it.</summary>
    /// <returns>The entry as it is then; <see langword="null"/> when it is gone.</returns>
    internal QueueEntry? Rule(long id, OutcomeEvent heard, Func<QueueEntry, OutcomeEvent, OutcomeRuling> judge)
    {
        if (!Entries.TryReadHead(id, out var head) || Entries.Read(id, Names) is not { } entry)
            return null;
        var (state, outcome, count) = judge(entry, heard);
        if (outcome != entry.Outcome)
            Entries.SetOutcome(id, outcome);
        foreach (var key in count)
            Counters.Add(key, 1);
        if (state != entry.State)
        {
            Entries.Set(id, state, Now, usedStep: false, maybeSent: false, unitsReturned: false);
            Move(entry.State, state);
            if (entry.State < EntryState.Relayed && state >= EntryState.Relayed)
                Finish(head);
        }
        return entry with { State = state, Outcome = outcome };
    }

    /// <summary>Whether an entry has ended so that its client is to be notified, and was not.</summary>
    internal bool MayNotify(long id) =>
        Entries.TryReadHead(id, out var head) && head.State is EntryState.Failed or EntryState.Expired && !Events.IsNotified(id);

    /// <summary>Gives back the unit of an entry that no upstream can have taken.</summary>
    /// <returns>Whether it had one.</returns>
    internal bool GiveBack(in EntryHead entry, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack)
    {
        if (entry.MaybeSent || Entries.Read(entry.Id, Names) is not { UnitDate: not null } stored)
            return false;
        foreach (var key in giveBack(stored))
            Counters.Add(key, -1);
        return true;
    }

    internal long ReadMeta(string key)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        return command.ExecuteScalar() as long? ?? 0;
    }

    internal void WriteMeta(string key, long value)
    {
        using var upsert = _setMeta.Execute();
        upsert.Bind(1, key);
        upsert.Bind(2, value);
        upsert.Run();
    }

    internal void ForgetCounters(DateOnly before)
    {
        using var delete = _forgetCounters.Execute();
        delete.Bind(1, before.DayNumber);
        delete.Run();
    }

    public void Dispose()
    {
        foreach (var part in (ReadOnlySpan<IDisposable>)
            [_flush, _begin, _commit, _rollback, _setMeta, _forgetCounters, Counters, Names, People, Messages, Entries, History, Senders, Preflight, Forgotten, Upkeep, Holds,
                Events, Suppressions, Erasure, Told, Connection])
            part.Dispose();
    }

    private static void Run(Statement statement)
    {
        using var run = statement.Execute();
        run.Run();
    }

    private void LoadCounts()
    {
        using var statement = new Statement(Connection, "SELECT state, count(*) FROM entry INDEXED BY entry_state WHERE state < 10 GROUP BY state");
        using var rows = statement.Execute();
        while (rows.Step())
            _counts[rows.Int32(0)] = rows.Int64(1);
    }
}
