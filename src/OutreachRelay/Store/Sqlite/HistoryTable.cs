using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What has happened: attempts, sent ids, events, finished messages; on the writer.</summary>
internal sealed class HistoryTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _start = new(connection, """
        INSERT INTO attempt (entry_id, number, node, upstream, credential, correlation, started_at, frozen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _end = new(connection,
        "UPDATE attempt SET ended_at = ?, stage = ?, code = ?, reply = ? WHERE entry_id = ? AND number = ?");

    private readonly Statement _undo = new(connection, "DELETE FROM attempt WHERE entry_id = ? AND number = ?");

    // As it was sent, and as the client knows it: replies name the one, follow-ups mostly the other.
    private readonly Statement _sent = new(connection,
        "INSERT OR IGNORE INTO sent_id (value, client, entry_id, sender) SELECT ?, client, id, sender FROM entry WHERE id = ?");

    private readonly Statement _original = new(connection, """
        INSERT OR IGNORE INTO sent_id (value, client, entry_id, sender)
        SELECT m.original_id, e.client, e.id, e.sender FROM entry e JOIN message m ON m.id = e.id - e.place
        WHERE e.id = ? AND m.original_id IS NOT NULL AND m.original_id <> ?
        """);

    private readonly Statement _event = new(connection, "INSERT INTO event (at, entry_id, kind, who, reason, code) VALUES (?, ?, ?, ?, ?, ?)");
    private readonly Statement _finish = new(connection, "INSERT OR IGNORE INTO finished (at, message_id) VALUES (?, ?)");
    private readonly Statement _unfinish = new(connection, "DELETE FROM finished WHERE at = ? AND message_id = ?");
    private readonly Statement _listFinished = new(connection, """
        SELECT at, message_id FROM finished WHERE (at, message_id) > (?, ?) AND at <= ? ORDER BY at, message_id LIMIT ?
        """);

    private readonly Statement _deleteAttempts = new(connection, "DELETE FROM attempt WHERE entry_id BETWEEN ? AND ?");
    // The last id stays, or it would be given again, and whoever follows the list goes by ids: emptied, until there are later ones.
    private readonly Statement _emptyLastEvent = new(connection, """
        UPDATE event SET entry_id = NULL, kind = 31, who = 'relay', reason = '', dedup = NULL, status = NULL
        WHERE id = (SELECT max(id) FROM event) AND entry_id BETWEEN ? AND ?
        """);

    private readonly Statement _deleteEvents = new(connection, "DELETE FROM event WHERE entry_id BETWEEN ? AND ?");

    /// <param name="frozen">Empty: not written.</param>
    internal void StartAttempt(LeaseRequest request, int number, long node, long upstream, long credential, long now, ReadOnlySpan<byte> frozen)
    {
        using var insert = _start.Execute();
        insert.Bind(1, request.EntryId);
        insert.Bind(2, number);
        insert.Bind(3, node);
        insert.Bind(4, upstream);
        insert.Bind(5, credential);
        insert.Bind(6, request.Correlation);
        insert.Bind(7, now);
        if (frozen.IsEmpty)
            insert.BindNull(8);
        else
            insert.Bind(8, frozen);
        insert.Run();
    }

    internal void EndAttempt(long entryId, int number, long now, AttemptStage stage, int code, string reply)
    {
        using var update = _end.Execute();
        update.Bind(1, now);
        update.Bind(2, (int)stage);
        update.Bind(3, code);
        update.Bind(4, reply);
        update.Bind(5, entryId);
        update.Bind(6, number);
        update.Run();
    }

    internal void UndoAttempt(long entryId, int number)
    {
        using var delete = _undo.Execute();
        delete.Bind(1, entryId);
        delete.Bind(2, number);
        delete.Run();
    }

    internal void AddSentId(string value, long entryId)
    {
        using var insert = _sent.Execute();
        insert.Bind(1, value);
        insert.Bind(2, entryId);
        insert.Run();
        using var original = _original.Execute();
        original.Bind(1, entryId);
        original.Bind(2, value);
        original.Run();
    }

    /// <summary>Notes an id that a provider gave to the mail of an entry.</summary>
    internal void AddProviderId(string value, long entryId)
    {
        using var insert = _sent.Execute();
        insert.Bind(1, value);
        insert.Bind(2, entryId);
        insert.Run();
    }

    /// <param name="code">Of the reply that it tells of; 0 for none.</param>
    internal void AddEvent(long now, long entryId, StoreEventKind kind, string who, string reason, int code = 0)
    {
        using var insert = _event.Execute();
        insert.Bind(1, now);
        insert.Bind(2, entryId);
        insert.Bind(3, (int)kind);
        insert.Bind(4, who);
        insert.Bind(5, reason);
        insert.Bind(6, code);
        insert.Run();
    }

    internal void AddFinished(long now, long messageId)
    {
        using var insert = _finish.Execute();
        insert.Bind(1, now);
        insert.Bind(2, messageId);
        insert.Run();
    }

    /// <summary>Finished messages after a place in their order, until a time; oldest first.</summary>
    internal void ListFinished((long At, long MessageId) after, long until, int limit, List<(long At, long MessageId)> found)
    {
        using var select = _listFinished.Execute();
        select.Bind(1, after.At);
        select.Bind(2, after.MessageId);
        select.Bind(3, until);
        select.Bind(4, limit);
        while (select.Step())
            found.Add((select.Int64(0), select.Int64(1)));
    }

    /// <summary>Removes everything but the entries themselves that belongs to a finished message. Its sent ids stay: threads live longer.</summary>
    internal void Delete(long at, long messageId, int entries)
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_deleteAttempts, _emptyLastEvent, _deleteEvents])
        {
            using var delete = statement.Execute();
            delete.Bind(1, messageId);
            delete.Bind(2, messageId + entries - 1);
            delete.Run();
        }
        using var finished = _unfinish.Execute();
        finished.Bind(1, at);
        finished.Bind(2, messageId);
        finished.Run();
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
            [_start, _end, _undo, _sent, _original, _event, _finish, _unfinish, _listFinished, _deleteAttempts, _emptyLastEvent, _deleteEvents])
            statement.Dispose();
    }
}
