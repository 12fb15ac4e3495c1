using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of suppressions.</summary>
internal static class SuppressionQueries
{
    // Rows that one page looks at, so that a filter that few of millions pass keeps no reader for long.
    private const int MostLookedAt = 10_000;

    private const string Columns = "recipient, client, direction, reason, at, until, source, address";

    // A recipient has few rows: choosing among them here costs less than to have them sorted there.
    internal static SuppressionRecord? Find(ReadSession session, RecipientHash recipient, string client, string? direction, long now)
    {
        var clientId = session.Names.FindId(client);
        var directionId = direction is null ? null : session.Names.FindId(direction);
        using var select = session.Execute($"SELECT {Columns} FROM suppression WHERE recipient = ? ORDER BY client, direction");
        SuppressionTable.Bind(select, 1, recipient);
        SuppressionRecord? found = null;
        while (select.Step())
        {
            var holds = (select.Int64(1) == 0 || select.Int64(1) == clientId) && (select.Int64(2) == 0 || select.Int64(2) == directionId);
            // What lasts is told before what ends, and what holds for all before what holds for few.
            if (holds && (select.IsNull(5) || (found is null && select.Int64(5) > now)))
                found = Read(session, select);
            if (found is { Until: null })
                break;
        }
        return found;
    }

    internal static SuppressionSlice List(ReadSession session, SuppressionFilter filter, long now)
    {
        var client = filter.Client is null ? null : session.Names.FindId(filter.Client);
        if (filter.Client is not null && client is null)
            return new SuppressionSlice([], null);
        using var select = session.Execute($"""
            SELECT {Columns} FROM suppression
            WHERE (recipient, client, direction) > (?1, ?2, ?3) AND recipient <= ?4 ORDER BY recipient, client, direction LIMIT ?5
            """);
        var after = filter.After ?? new SuppressionCursor(filter.Recipient ?? default, -1, -1);
        SuppressionTable.Bind(select, 1, after.Recipient);
        select.Bind(2, after.Client);
        select.Bind(3, after.Direction);
        SuppressionTable.Bind(select, 4, filter.Recipient ?? new RecipientHash(UInt128.MaxValue));
        select.Bind(5, MostLookedAt);
        var found = ImmutableArray.CreateBuilder<SuppressionRecord>();
        SuppressionCursor? next = null;
        for (var looked = 0; select.Step();)
        {
            var isOver = select.OptionalInt64(5) <= now;
            var isOfClient = filter.Global ? select.Int64(1) == 0 : client is null || select.Int64(1) == client;
            if (!isOver && isOfClient && (filter.Reason is not { } reason || reason == (SuppressionReason)select.Int32(3)))
                found.Add(Read(session, select));
            if (++looked == MostLookedAt || found.Count == filter.Limit)
            {
                next = new SuppressionCursor(RecipientHash.Read(select.Blob(0)), select.Int64(1), select.Int64(2));
                break;
            }
        }
        return new SuppressionSlice(found.DrainToImmutable(), next);
    }

    internal static ImmutableArray<RecipientHash> Recipients(ReadSession session, RecipientHash after, int limit)
    {
        using var select = session.Execute("SELECT recipient FROM suppression WHERE recipient > ? ORDER BY recipient LIMIT ?");
        SuppressionTable.Bind(select, 1, after);
        select.Bind(2, limit);
        var found = ImmutableArray.CreateBuilder<RecipientHash>();
        while (select.Step())
            found.Add(RecipientHash.Read(select.Blob(0)));
        return found.DrainToImmutable();
    }

    private static SuppressionRecord Read(ReadSession session, Execution row) => new(
        RecipientHash.Read(row.Blob(0)),
        row.Int64(1) == 0 ? SuppressionScope.Global : new SuppressionScope(session.Names.Text(row.Int64(1)), row.Int64(2) == 0 ? null : session.Names.Text(row.Int64(2))),
        (SuppressionReason)row.Int32(3), EntryReader.Time(row.Int64(4)), row.OptionalInt64(5) is { } until ? EntryReader.Time(until) : null,
        row.Text(6)!, row.Text(7));
}
