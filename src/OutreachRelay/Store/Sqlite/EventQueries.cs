using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of the list of all events.</summary>
internal static class EventQueries
{
    // Events that one page looks at, so that a filter that few of a million pass keeps no reader for long.
    private const int MostLookedAt = 10_000;

    private const string Select = $"""
        SELECT v.id, v.entry_id, e.client, e.spelling, r.key, v.recipient, {EventReader.Columns},
          e.id - e.place, e.direction, e.sender, e.upstream, m.original_id, e.state FROM event v
          LEFT JOIN entry e ON e.id = v.entry_id LEFT JOIN recipient r ON r.id = e.recipient_id LEFT JOIN message m ON m.id = e.id - e.place
        """;

    // Kinds as bits. Of the relay's own events `who` is no upstream.
    private const string Filter = """
        AND (?1 = 0 OR (1 << v.kind) & ?1) AND (?2 IS NULL OR e.client = ?2) AND (?3 IS NULL OR (v.who = ?3 AND v.kind >= 20))
        AND v.id > ?4 AND v.id <= ?5 ORDER BY v.id LIMIT ?6
        """;

    internal static EventSlice List(ReadSession session, EventFilter filter) => session.Snapshot(snapshot =>
    {
        var after = filter.After >= 0 ? filter.After : Before(snapshot, "SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?", -filter.After) ?? 0;
        var last = Before(snapshot, "SELECT max(id) FROM event WHERE ?1 > 0", 1) ?? 0;
        var client = filter.Client is { } name ? snapshot.Names.FindId(name) ?? 0 : (long?)null;
        var until = filter.EntryId is null ? LookUntil(snapshot, after) : null;
        using var select = snapshot.Execute(filter.EntryId is null ? $"{Select} WHERE 1 {Filter}" : $"{Select} WHERE v.entry_id = ?7 {Filter}");
        select.Bind(1, filter.Kinds.Aggregate(0L, static (bits, kind) => bits | (1L << (int)kind)));
        select.Bind(2, client);
        select.Bind(3, filter.Upstream);
        select.Bind(4, after);
        select.Bind(5, until ?? long.MaxValue);
        select.Bind(6, filter.Limit);
        if (filter.EntryId is { } entry)
            select.Bind(7, entry);
        var found = ImmutableArray.CreateBuilder<ListedEvent>();
        while (select.Step())
            found.Add(Read(snapshot, select));
        var next = found.Count == filter.Limit ? found[^1].Id : until ?? Math.Max(after, last);
        return new EventSlice(found.DrainToImmutable(), next, IsLast: next >= last);
    });

    private static ListedEvent Read(ReadSession session, Execution row) => new(
        row.Int64(0), EventReader.Read(row, 6), row.OptionalInt64(1), row.IsNull(2) ? null : session.Names.Text(row.Int64(2)),
        row.Text(3) ?? row.Text(4) ?? row.Text(5))
    {
        Mail = row.IsNull(2) ? null : Mail(session, row, 6 + EventReader.ColumnCount),
    };

    private static EventMail Mail(ReadSession session, Execution row, int first) => new(
        row.Int64(first), session.Names.Text(row.Int64(first + 1)), Name(session, row.OptionalInt64(first + 2)), Name(session, row.OptionalInt64(first + 3)),
        row.Text(first + 4), (EntryState)row.Int32(first + 5));

    private static string? Name(ReadSession session, long? id) => id is { } known ? session.Names.Text(known) : null;

    private static long? LookUntil(ReadSession session, long after)
    {
        using var select = session.Execute("SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2");
        select.Bind(1, after);
        select.Bind(2, MostLookedAt - 1);
        return select.Step() ? select.Int64(0) : null;
    }

    private static long? Before(ReadSession session, string sql, long offset)
    {
        using var select = session.Execute(sql);
        select.Bind(1, offset);
        return select.Step() ? select.OptionalInt64(0) : null;
    }
}
