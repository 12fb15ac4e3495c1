using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Where a person's address may stand, beside suppressions; on the writer.</summary>
internal sealed class ErasureTable(SqliteConnection connection) : IDisposable
{
    // '+' comes right before ',': what lies between are the spellings with a plus-tag, of which the domain still has to fit.
    private readonly Statement _recipients = new(connection, """
        SELECT id FROM recipient WHERE key = ?1
        UNION ALL SELECT id FROM recipient WHERE key > ?2 || '+' AND key < ?2 || ',' AND substr(key, -length(?3)) = ?3
        """);

    private readonly Statement _entries = new(connection, "SELECT id FROM entry WHERE recipient_id = ?");
    private readonly Statement _rename = new(connection, "UPDATE recipient SET key = ?2 WHERE id = ?1");
    private readonly Statement _assignments = new(connection, "DELETE FROM assignment WHERE recipient_id = ?");
    private readonly Statement _spelling = new(connection, "UPDATE entry SET spelling = NULL, digest = NULL WHERE id = ?");
    private readonly Statement _attempts = new(connection, "UPDATE attempt SET reply = NULL, frozen = NULL WHERE entry_id = ?");
    private readonly Statement _events = new(connection, "UPDATE event SET reason = '', recipient = NULL WHERE entry_id = ?");
    private readonly Statement _looseEvents = new(connection,
        "UPDATE event SET reason = '', recipient = NULL WHERE id IN (SELECT id FROM event INDEXED BY event_loose WHERE entry_id IS NULL AND lower(recipient) = ?)");

    private readonly Statement _sentIds = new(connection, "DELETE FROM sent_id WHERE entry_id = ?");
    private readonly Statement _message = new(connection, "UPDATE message SET original_id = NULL, received = x'' WHERE id = ?");

    /// <param name="key">A mailbox's key without a plus-tag.</param>
    internal List<long> FindRecipients(string key)
    {
        var at = key.LastIndexOf('@');
        using var select = _recipients.Execute();
        select.Bind(1, key);
        select.Bind(2, key[..at]);
        select.Bind(3, key[at..]);
        return Ids(select);
    }

    internal List<long> FindEntries(long recipient)
    {
        using var select = _entries.Execute();
        select.Bind(1, recipient);
        return Ids(select);
    }

    internal void Rename(long recipient, string key)
    {
        using var update = _rename.Execute();
        update.Bind(1, recipient);
        update.Bind(2, key);
        update.Run();
    }

    internal void EraseAssignments(long recipient) => Run([_assignments], recipient);

    /// <summary>Erases the address in events that belong to no entry.</summary>
    internal void EraseLooseEvents(string key)
    {
        using var update = _looseEvents.Execute();
        update.Bind(1, key);
        update.Run();
    }

    /// <summary>Erases what stands beside an entry: its spelling, replies that may repeat it, what was sent.</summary>
    internal void EraseEntry(long id) => Run([_spelling, _attempts, _events, _sentIds], id);

    /// <summary>Erases what the trace field and the Message-ID of a message tell.</summary>
    internal void EraseMessage(long id) => Run([_message], id);

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
            [_recipients, _entries, _rename, _assignments, _spelling, _attempts, _events, _looseEvents, _sentIds, _message])
            statement.Dispose();
    }

    private static void Run(ReadOnlySpan<Statement> statements, long id)
    {
        foreach (var statement in statements)
        {
            using var run = statement.Execute();
            run.Bind(1, id);
            run.Run();
        }
    }

    private static List<long> Ids(Execution select)
    {
        var ids = new List<long>();
        while (select.Step())
            ids.Add(select.Int64(0));
        return ids;
    }
}
