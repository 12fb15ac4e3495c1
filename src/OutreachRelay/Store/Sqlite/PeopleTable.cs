using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Recipients and the senders they are bound to, on the writer.</summary>
internal sealed class PeopleTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _find = new(connection, "SELECT id FROM recipient WHERE key = ?");
    private readonly Statement _add = new(connection, "INSERT INTO recipient (key) VALUES (?)");
    private readonly Statement _assignment = new(connection, "SELECT sender, at FROM assignment WHERE client = ? AND recipient_id = ?");
    private readonly Statement _assign = new(connection, """
        INSERT INTO assignment (client, recipient_id, sender, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (recipient_id, client) DO UPDATE SET sender = excluded.sender, at = excluded.at
        """);

    /// <returns>0 for a recipient that is not known.</returns>
    internal long Find(string key)
    {
        using var find = _find.Execute();
        find.Bind(1, key);
        return find.Step() ? find.Int64(0) : 0;
    }

    internal long Add(string key)
    {
        using var add = _add.Execute();
        add.Bind(1, key);
        return add.Insert();
    }

    /// <returns>The interned sender, or 0 for none, and when it was last seen in use.</returns>
    internal (long Sender, long At) FindAssignment(long client, long recipient)
    {
        using var select = _assignment.Execute();
        select.Bind(1, client);
        select.Bind(2, recipient);
        return select.Step() ? (select.Int64(0), select.Int64(1)) : default;
    }

    internal void Assign(long client, long recipient, long sender, long now)
    {
        using var assign = _assign.Execute();
        assign.Bind(1, client);
        assign.Bind(2, recipient);
        assign.Bind(3, sender);
        assign.Bind(4, now);
        assign.Run();
    }

    /// <summary>Binds the recipient to another sender, unless another message has bound it elsewhere since.</summary>
    internal void Rebind(long client, long recipient, long from, long to, long now)
    {
        if (FindAssignment(client, recipient) is var (bound, _) && (bound == 0 || bound == from))
            Assign(client, recipient, to, now);
    }

    public void Dispose()
    {
        _find.Dispose();
        _add.Dispose();
        _assignment.Dispose();
        _assign.Dispose();
    }
}
