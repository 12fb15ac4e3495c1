using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>The scopes that are held, on the writer: what says so here is obeyed by every lease.</summary>
internal sealed class HoldTable(SqliteConnection connection) : IDisposable
{
    /// <summary>Whether a hold <c>h</c> means an entry <c>e</c> with its recipient <c>r</c>, its upstream left aside.</summary>
    internal const string Covers = """
        (h.client IS NULL OR h.client = e.client) AND (h.direction IS NULL OR h.direction = e.direction) AND (h.sender IS NULL OR h.sender = e.sender)
        AND (h.domain IS NULL OR substr(r.key, -length(h.domain) - 1) = '@' || h.domain)
        """;

    private const string SameScope = "client IS ?1 AND direction IS ?2 AND sender IS ?3 AND upstream IS ?4 AND domain IS ?5";

    private readonly Statement _find = new(connection, $"SELECT id, since FROM hold WHERE {SameScope}");
    private readonly Statement _change = new(connection, "UPDATE hold SET until = ?, who = ?, reason = ? WHERE id = ?");
    private readonly Statement _add = new(connection,
        "INSERT INTO hold (client, direction, sender, upstream, domain, since, until, who, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

    private readonly Statement _delete = new(connection, "DELETE FROM hold WHERE id = ?");

    // Without a hold it ends at the first step.
    private readonly Statement _forbids = new(connection, $"""
        SELECT 1 FROM hold h CROSS JOIN entry e ON e.id = ?1 CROSS JOIN recipient r ON r.id = e.recipient_id
        WHERE (h.upstream IS NULL OR h.upstream = ?2) AND {Covers} LIMIT 1
        """);

    /// <summary>Whether an attempt on an entry at an upstream is held.</summary>
    internal bool Forbids(long entryId, long upstream)
    {
        using var select = _forbids.Execute();
        select.Bind(1, entryId);
        select.Bind(2, upstream);
        return select.Step();
    }

    /// <summary>The hold of exactly this scope.</summary>
    internal (long Id, long Since)? Find(HoldScope scope, NameTable names)
    {
        using var select = _find.Execute();
        Bind(select, scope, names);
        return select.Step() ? (select.Int64(0), select.Int64(1)) : null;
    }

    internal long Add(HoldScope scope, NameTable names, long now, long? until, string who, string reason)
    {
        using var insert = _add.Execute();
        Bind(insert, scope, names);
        insert.Bind(6, now);
        insert.Bind(7, until);
        insert.Bind(8, who);
        insert.Bind(9, reason);
        return insert.Insert();
    }

    internal void Change(long id, long? until, string who, string reason)
    {
        using var update = _change.Execute();
        update.Bind(1, until);
        update.Bind(2, who);
        update.Bind(3, reason);
        update.Bind(4, id);
        update.Run();
    }

    internal void Delete(long id)
    {
        using var delete = _delete.Execute();
        delete.Bind(1, id);
        delete.Run();
    }

    internal static ImmutableArray<QueueHold> ReadAll(ReadSession session)
    {
        using var select = session.Execute("SELECT id, client, direction, sender, upstream, domain, since, until, who, reason FROM hold ORDER BY id");
        var found = ImmutableArray.CreateBuilder<QueueHold>();
        while (select.Step())
        {
            var scope = new HoldScope
            {
                Client = Name(session, select.OptionalInt64(1)),
                Direction = Name(session, select.OptionalInt64(2)),
                Sender = Name(session, select.OptionalInt64(3)),
                Upstream = Name(session, select.OptionalInt64(4)),
                RecipientDomain = select.Text(5),
            };
            found.Add(new QueueHold(
                select.Int64(0), scope, EntryReader.Time(select.Int64(6)), select.OptionalInt64(7) is { } until ? EntryReader.Time(until) : null,
                select.Text(8)!, select.Text(9)!));
        }
        return found.DrainToImmutable();
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_find, _change, _add, _delete, _forbids])
            statement.Dispose();
    }

    private static string? Name(ReadSession session, long? id) => id is { } known ? session.Names.Text(known) : null;

    private static void Bind(Execution statement, HoldScope scope, NameTable names)
    {
        statement.Bind(1, Intern(scope.Client));
        statement.Bind(2, Intern(scope.Direction));
        statement.Bind(3, Intern(scope.Sender));
        statement.Bind(4, Intern(scope.Upstream));
        statement.Bind(5, scope.RecipientDomain);

        long? Intern(string? name) => name is null ? null : names.Intern(name);
    }
}
