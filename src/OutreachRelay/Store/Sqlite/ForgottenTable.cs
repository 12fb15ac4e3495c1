using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Finds what nobody has asked for in a long time: assignments, sent ids, and recipients that nothing refers to; on the writer.</summary>
/// <remarks>A walk over the recipients in slices, again and again: no index by age, and a slice costs the same with a thousand recipients as with ten million.</remarks>
internal sealed class ForgottenTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _slice = new(connection, "SELECT max(id), count(*) FROM (SELECT id FROM recipient WHERE id > ? ORDER BY id LIMIT ?)");
    private readonly Statement _assignments = new(connection, "DELETE FROM assignment WHERE recipient_id > ? AND recipient_id <= ? AND at < ?");
    private readonly Statement _recipients = new(connection, """
        DELETE FROM recipient WHERE id > ? AND id <= ?
          AND NOT EXISTS (SELECT 1 FROM entry WHERE recipient_id = recipient.id)
          AND NOT EXISTS (SELECT 1 FROM assignment WHERE recipient_id = recipient.id)
        """);

    private readonly Statement _sent = new(connection, """
        DELETE FROM sent_id WHERE (value, client, entry_id) IN
          (SELECT value, client, entry_id FROM sent_id INDEXED BY sent_id_entry WHERE entry_id < ? LIMIT ?)
        """);

    /// <summary>Forgets among the next recipients after <paramref name="after"/>.</summary>
    /// <param name="before">Assignments not used since then, Unix milliseconds.</param>
    /// <returns>Where to go on: the last recipient looked at, or 0 at the end.</returns>
    internal long ForgetRecipients(long after, int limit, long before)
    {
        long last;
        using (var slice = _slice.Execute())
        {
            slice.Bind(1, after);
            slice.Bind(2, limit);
            slice.Step();
            if (slice.Int64(1) == 0)
                return 0;
            last = slice.Int64(0);
        }
        using (var delete = _assignments.Execute())
        {
            delete.Bind(1, after);
            delete.Bind(2, last);
            delete.Bind(3, before);
            delete.Run();
        }
        using var recipients = _recipients.Execute();
        recipients.Bind(1, after);
        recipients.Bind(2, last);
        recipients.Run();
        return last;
    }

    /// <summary>Forgets ids that were sent with entries below <paramref name="entry"/>.</summary>
    internal void ForgetSentIds(long entry, int limit)
    {
        using var delete = _sent.Execute();
        delete.Bind(1, entry);
        delete.Bind(2, limit);
        delete.Run();
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_slice, _assignments, _recipients, _sent])
            statement.Dispose();
    }
}
