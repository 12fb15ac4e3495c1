using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>How far clients were told of events, and what was given up; on the writer.</summary>
internal sealed class ToldTable(SqliteConnection connection) : IDisposable
{
    // One that was told of an event that a restored backup does not have goes on at the end.
    private readonly Statement _open = new(connection, """
        INSERT INTO told (client, way, event) SELECT ?1, ?2, coalesce(max(id), 0) FROM event WHERE ?1 > 0
        ON CONFLICT (client, way) DO UPDATE SET event = min(event, excluded.event) RETURNING event
        """);

    private readonly Statement _save = new(connection, "UPDATE told SET event = ?3 WHERE client = ?1 AND way = ?2");
    private readonly Statement _close = new(connection, "DELETE FROM told WHERE client = ? AND way = ?");
    private readonly Statement _extend = new(connection,
        "UPDATE untold SET last = ?3, events = events + ?4, at = ?5, reason = ?6 WHERE client = ?1 AND last = ?2 AND again = 0");

    private readonly Statement _add = new(connection, "INSERT INTO untold (client, after, last, events, at, reason) VALUES (?, ?, ?, ?, ?, ?)");
    private readonly Statement _ids = new(connection, "SELECT id FROM untold ORDER BY id");
    private readonly Statement _again = new(connection, "UPDATE untold SET again = 1 WHERE id = ?");
    private readonly Statement _drop = new(connection, "DELETE FROM untold WHERE id = ?");
    private readonly Statement _advance = new(connection, "UPDATE untold SET after = ?2 WHERE id = ?1");
    private readonly Statement _finish = new(connection, "DELETE FROM untold WHERE id = ? AND after >= last");
    private readonly Statement _fail = new(connection, "UPDATE untold SET again = 0, at = ?2, reason = ?3 WHERE id = ?1");
    private readonly Statement _forget = new(connection, "DELETE FROM untold WHERE at < ?");

    internal long Open(long client, ToldBy way)
    {
        using var upsert = _open.Execute();
        upsert.Bind(1, client);
        upsert.Bind(2, (int)way);
        upsert.Step();
        return upsert.Int64(0);
    }

    internal void Save(long client, ToldBy way, long eventId) => Run(_save, client, (int)way, eventId);

    internal void Close(long client, ToldBy way) => Run(_close, client, (int)way);

    /// <summary>Notes what was given up; what follows on what was given up before is one with it.</summary>
    internal void GiveUp(long client, long after, long last, int events, long now, string reason)
    {
        using (var extend = _extend.Execute())
        {
            extend.Bind(1, client);
            extend.Bind(2, after);
            extend.Bind(3, last);
            extend.Bind(4, events);
            extend.Bind(5, now);
            extend.Bind(6, reason);
            if (extend.Run() > 0)
                return;
        }
        using var add = _add.Execute();
        add.Bind(1, client);
        add.Bind(2, after);
        add.Bind(3, last);
        add.Bind(4, events);
        add.Bind(5, now);
        add.Bind(6, reason);
        add.Run();
    }

    internal List<long> ListUntold()
    {
        var ids = new List<long>();
        using var select = _ids.Execute();
        while (select.Step())
            ids.Add(select.Int64(0));
        return ids;
    }

    internal void Again(long id) => Run(_again, id);

    internal void Drop(long id) => Run(_drop, id);

    internal void Advance(long id, long until)
    {
        Run(_advance, id, until);
        Run(_finish, id);
    }

    internal void Fail(long id, long now, string reason)
    {
        using var update = _fail.Execute();
        update.Bind(1, id);
        update.Bind(2, now);
        update.Bind(3, reason);
        update.Run();
    }

    /// <summary>Removes what was given up before a time: its events are purged.</summary>
    internal void Forget(long before) => Run(_forget, before);

    internal static ImmutableArray<(string Client, ToldBy Way)> ReadAll(ReadSession session)
    {
        using var select = session.Execute("SELECT client, way FROM told");
        var found = ImmutableArray.CreateBuilder<(string, ToldBy)>();
        while (select.Step())
            found.Add((session.Names.Text(select.Int64(0)), (ToldBy)select.Int32(1)));
        return found.DrainToImmutable();
    }

    internal static ImmutableArray<Untold> ReadUntold(ReadSession session, string? client)
    {
        var known = client is null ? null : session.Names.FindId(client);
        using var select = session.Execute("SELECT id, client, after, last, events, at, reason, again FROM untold WHERE ?1 IS NULL OR client = ?1 ORDER BY id");
        select.Bind(1, client is null ? null : known ?? 0);
        var found = ImmutableArray.CreateBuilder<Untold>();
        while (select.Step())
        {
            found.Add(new Untold(
                select.Int64(0), session.Names.Text(select.Int64(1)), select.Int64(2), select.Int64(3), select.Int32(4), EntryReader.Time(select.Int64(5)),
                select.Text(6)!, select.Int32(7) != 0));
        }
        return found.DrainToImmutable();
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_open, _save, _close, _extend, _add, _ids, _again, _drop, _advance, _finish, _fail, _forget])
            statement.Dispose();
    }

    private static void Run(Statement statement, params ReadOnlySpan<long> values)
    {
        using var run = statement.Execute();
        for (var i = 0; i < values.Length; i++)
            run.Bind(i + 1, values[i]);
        run.Run();
    }
}
