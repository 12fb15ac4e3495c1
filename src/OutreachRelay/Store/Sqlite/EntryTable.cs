using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What a write looks at before it changes an entry.</summary>
/// <param name="Sticky">Its recipient is bound to its sender, or will be when it gets one.</param>
/// <param name="MaybeSent">It was in doubt at some time: an upstream may have taken it.</param>
internal readonly record struct EntryHead(
    long Id, int Place, long Recipient, long Sender, EntryState State, int Epoch, int Leases, bool MaybeSent, bool Sticky, long ExpiresAt,
    bool UnitUsed, EntryOutcome? Outcome)
{
    internal long MessageId => Id - Place;
}

/// <summary>A client's direction, as interned names.</summary>
internal readonly record struct Lane(long Client, long Direction);

/// <summary>Queue entries on the writer.</summary>
internal sealed class EntryTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _insert = new(connection, """
        INSERT INTO entry (id, place, client, direction, recipient_id, spelling, sender, unit_date, state, due, expires_at,
          attempts, epoch, leases, maybe_sent, sticky, digest, rank, not_before)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?)
        """);

    private readonly Statement _repetition = new(connection, """
        SELECT e.id - e.place FROM entry e JOIN message m ON m.id = e.id - e.place
        WHERE e.recipient_id = ? AND e.id >= ? AND e.digest = ? AND m.accepted_at > ? AND (e.state <= 10 OR e.maybe_sent = 1)
        ORDER BY e.id LIMIT 1
        """);

    private readonly Statement _head = new(connection,
        "SELECT place, recipient_id, sender, state, epoch, leases, maybe_sent, sticky, expires_at, unit_used, outcome, outcome_at, counted FROM entry WHERE id = ?");

    private readonly Statement _lease = new(connection,
        "UPDATE entry SET state = 1, epoch = epoch + 1, leases = leases + 1, upstream = ?, due = ?, unit_used = unit_used | ? WHERE id = ?");

    private readonly Statement _undoLease = new(connection, """
        UPDATE entry SET state = ?1, due = ?2, leases = leases - 1, unit_used = unit_used & ?4,
          upstream = (SELECT a.upstream FROM attempt a WHERE a.entry_id = ?3 ORDER BY a.number DESC LIMIT 1) WHERE id = ?3
        """);

    private readonly Statement _renew = new(connection, "UPDATE entry SET due = ? WHERE id = ? AND state = 1 AND epoch = ?");
    private readonly Statement _set = new(connection, """
        UPDATE entry SET state = ?1, due = ?2, attempts = attempts + ?3, maybe_sent = maybe_sent | ?4,
          unit_date = iif(?5, NULL, unit_date), unit_used = iif(?5, 0, unit_used),
          rank = iif(leases > 0, 0, rank) WHERE id = ?6
        """);

    private readonly Statement _setOutcome = new(connection, "UPDATE entry SET outcome = ?, outcome_at = ?, counted = ? WHERE id = ?");
    private readonly Statement _setDue = new(connection, "UPDATE entry SET due = ? WHERE id = ?");
    private readonly Statement _requeue = new(connection,
        "UPDATE entry SET state = 0, due = ?, expires_at = ?, attempts = 0 WHERE id = ?");

    // The epoch grows too: whoever has loaded the entry with its old sender can no longer lease it.
    private readonly Statement _reassign = new(connection,
        "UPDATE entry SET sender = ?, unit_date = ?, due = ?, epoch = epoch + 1, unit_used = 0 WHERE id = ?");

    private readonly Statement _waiting = new(connection,
        "SELECT 1 FROM entry WHERE recipient_id = ? AND client = ? AND state IN (0, 3) AND leases = 0 LIMIT 1");

    // A first mail to a recipient that is bound to its sender already is one only because another waited before it.
    private readonly Statement _follow = new(connection, $"""
        UPDATE entry SET rank = rank - {EntryRank.First - EntryRank.FollowUp} WHERE id = (
          SELECT f.id FROM entry e JOIN entry f INDEXED BY entry_recipient ON f.recipient_id = e.recipient_id AND f.client = e.client AND f.sender = e.sender
          WHERE e.id = ? AND f.id > e.id AND f.state IN (0, 3) AND f.leases = 0 AND f.sticky = 1 AND f.rank >= {(int)EntryRank.FirstHigh} ORDER BY f.id LIMIT 1)
        """);

    private readonly Statement _read = new(connection, $"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE e.id = ?");
    private readonly Statement _unfinished = new(connection, "SELECT 1 FROM entry WHERE id BETWEEN ? AND ? AND state < 10 LIMIT 1");
    private readonly Statement _delete = new(connection, "DELETE FROM entry WHERE id BETWEEN ? AND ?");

    internal void Insert(
        long id, int place, Lane lane, long recipient, EntryDraft draft, EntryRank rank, long? sender, long? unitDate, long due, long expiresAt,
        long? notBefore)
    {
        using var insert = _insert.Execute();
        insert.Bind(1, id);
        insert.Bind(2, place);
        insert.Bind(3, lane.Client);
        insert.Bind(4, lane.Direction);
        insert.Bind(5, recipient);
        insert.Bind(6, draft.Recipient == draft.RecipientKey ? null : draft.Recipient);
        insert.Bind(7, sender);
        insert.Bind(8, unitDate);
        insert.Bind(9, due);
        insert.Bind(10, expiresAt);
        insert.Bind(11, draft.Sticky);
        if (draft.Digest.IsEmpty)
            insert.BindNull(12);
        else
            insert.Bind(12, draft.Digest.Span);
        insert.Bind(13, (int)rank);
        insert.Bind(14, notBefore);
        insert.Run();
    }

    /// <returns>The message that first brought this digest to the recipient since <paramref name="since"/>, or 0.</returns>
    internal long FindRepetition(long recipient, ReadOnlySpan<byte> digest, long since)
    {
        using var select = _repetition.Execute();
        select.Bind(1, recipient);
        select.Bind(2, EntryIds.Least(since));
        select.Bind(3, digest);
        select.Bind(4, since);
        return select.Step() ? select.Int64(0) : 0;
    }

    internal bool TryReadHead(long id, out EntryHead head)
    {
        using var select = _head.Execute();
        select.Bind(1, id);
        var found = select.Step();
        head = found
            ? new EntryHead(id, select.Int32(0), select.Int64(1), select.Int64(2), (EntryState)select.Int32(3), select.Int32(4), select.Int32(5),
                select.Int32(6) != 0, select.Int32(7) != 0, select.Int64(8), select.Int32(9) != 0, EntryReader.Outcome(select, 10))
            : default;
        return found;
    }

    internal QueueEntry? Read(long id, NameTable names)
    {
        using var select = _read.Execute();
        select.Bind(1, id);
        return select.Step() ? EntryReader.Read(select, names.Text) : null;
    }

    /// <summary>Whether a client has an entry for the recipient on which no attempt was begun.</summary>
    internal bool AnyWaiting(long recipient, long client)
    {
        using var select = _waiting.Execute();
        select.Bind(1, recipient);
        select.Bind(2, client);
        return select.Step();
    }

    internal void Lease(long id, long upstream, long until, bool usesUnit)
    {
        using var update = _lease.Execute();
        update.Bind(1, upstream);
        update.Bind(2, until);
        update.Bind(3, usesUnit);
        update.Bind(4, id);
        update.Run();
    }

    /// <summary>Lets the next mail to the same recipient be the follow-up that it is, now that an attempt is begun on the one that it waited behind.</summary>
    internal void RaiseNext(long id)
    {
        using var update = _follow.Execute();
        update.Bind(1, id);
        update.Run();
    }

    /// <summary>Puts an entry back whose lease never came about; its attempt's row is gone already. The epoch stays.</summary>
    internal void UndoLease(long id, EntryState state, long due, bool unitUsed)
    {
        using var update = _undoLease.Execute();
        update.Bind(1, (int)state);
        update.Bind(2, due);
        update.Bind(3, id);
        update.Bind(4, unitUsed);
        update.Run();
    }

    internal bool Renew(long id, int epoch, long until)
    {
        using var update = _renew.Execute();
        update.Bind(1, until);
        update.Bind(2, id);
        update.Bind(3, epoch);
        return update.Run() > 0;
    }

    internal void Set(long id, EntryState state, long due, bool usedStep, bool maybeSent, bool unitsReturned)
    {
        using var update = _set.Execute();
        update.Bind(1, (int)state);
        update.Bind(2, due);
        update.Bind(3, usedStep);
        update.Bind(4, maybeSent);
        update.Bind(5, unitsReturned);
        update.Bind(6, id);
        update.Run();
    }

    internal void SetOutcome(long id, EntryOutcome outcome)
    {
        using var update = _setOutcome.Execute();
        update.Bind(1, (int)outcome.Kind);
        update.Bind(2, outcome.Time.ToUnixTimeMilliseconds());
        update.Bind(3, (int)outcome.Counted);
        update.Bind(4, id);
        update.Run();
    }

    internal void SetDue(long id, long due)
    {
        using var update = _setDue.Execute();
        update.Bind(1, due);
        update.Bind(2, id);
        update.Run();
    }

    internal void Requeue(long id, long due, long expiresAt)
    {
        using var update = _requeue.Execute();
        update.Bind(1, due);
        update.Bind(2, expiresAt);
        update.Bind(3, id);
        update.Run();
    }

    internal void Reassign(long id, long sender, long? unitDate, long due)
    {
        using var update = _reassign.Execute();
        update.Bind(1, sender);
        update.Bind(2, unitDate);
        update.Bind(3, due);
        update.Bind(4, id);
        update.Run();
    }

    internal bool AnyUnfinished(long messageId, int entries)
    {
        using var select = _unfinished.Execute();
        select.Bind(1, messageId);
        select.Bind(2, messageId + entries - 1);
        return select.Step();
    }

    internal void Delete(long messageId, int entries)
    {
        using var delete = _delete.Execute();
        delete.Bind(1, messageId);
        delete.Bind(2, messageId + entries - 1);
        delete.Run();
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
            [_insert, _repetition, _head, _lease, _undoLease, _renew, _set, _setOutcome, _setDue, _requeue, _reassign, _waiting, _follow, _read, _unfinished, _delete])
            statement.Dispose();
    }
}
