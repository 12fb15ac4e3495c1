using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of what waits, lane by lane. Each is a handful of seeks in one index, whatever else is queued.</summary>
internal static class LaneQueries
{
    private const string From = $"""
        FROM entry e INDEXED BY entry_lane {EntryReader.Joins}
        WHERE e.client = ? AND e.direction = ? AND e.sender IS ? AND e.rank = ? AND e.state IN (0, 2)
        """;

    private const string Waiting = "FROM entry e INDEXED BY entry_lane JOIN recipient r ON r.id = e.recipient_id WHERE e.state IN (0, 2)";

    // What is held by its recipient's domain stands in lanes beside what is not, and must not hide it. Other holds are of whole lanes or of upstreams.
    private const string NotHeld = $"""
        AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.domain IS NOT NULL AND {HoldTable.Covers})
        """;

    internal static ImmutableArray<LaneHead> Lanes(ReadSession session)
    {
        using var select = session.Execute(AnyHeldByDomain(session)
            ? $"SELECT e.client, e.direction, e.sender, min(e.due) {Waiting} {NotHeld} GROUP BY e.client, e.direction, e.sender"
            : "SELECT client, direction, sender, min(due) FROM entry INDEXED BY entry_lane WHERE state IN (0, 2) GROUP BY client, direction, sender");
        var found = ImmutableArray.CreateBuilder<LaneHead>();
        while (select.Step())
        {
            var sender = select.OptionalInt64(2) is { } id ? session.Names.Text(id) : null;
            found.Add(new LaneHead(
                new LaneKey(session.Names.Text(select.Int64(0)), session.Names.Text(select.Int64(1)), sender), EntryReader.Time(select.Int64(3))));
        }
        return found.DrainToImmutable();
    }

    private static bool AnyHeldByDomain(ReadSession session)
    {
        using var select = session.Execute("SELECT 1 FROM hold WHERE domain IS NOT NULL LIMIT 1");
        return select.Step();
    }

    internal static LanePage Page(ReadSession session, LaneKey key, EntryRank from, EntryRank to, DateTimeOffset until, int limit)
    {
        if (Find(session, key) is not { } lane)
            return new LanePage([], false, null);
        var found = ImmutableArray.CreateBuilder<QueueEntry>();
        DateTimeOffset? next = null;
        for (var rank = from; rank <= to && found.Count <= limit; rank++)
        {
            Read(session, lane, rank, until, limit + 1 - found.Count, found);
            if (found.Count <= limit && NextDue(session, lane, rank, until) is { } due && !(due >= next))
                next = due;
        }
        var hasMore = found.Count > limit;
        found.Count = Math.Min(found.Count, limit);
        return new LanePage(found.DrainToImmutable(), hasMore, next);
    }

    internal static ImmutableArray<QueueEntry> Latest(ReadSession session, LaneKey key, DateOnly unitDate, int limit)
    {
        if (Find(session, key) is not { } lane)
            return [];
        var found = ImmutableArray.CreateBuilder<QueueEntry>();
        for (var rank = EntryRank.FirstLow; rank >= EntryRank.FirstHigh && found.Count < limit; rank--)
        {
            using var select = session.Execute(
                $"SELECT {EntryReader.Columns} {From} AND e.unit_date = ? AND e.unit_used = 0 ORDER BY e.due DESC, e.id DESC LIMIT ?");
            Bind(select, lane, rank);
            select.Bind(5, unitDate.DayNumber);
            select.Bind(6, limit - found.Count);
            while (select.Step())
                found.Add(EntryReader.Read(select, session.Names.Text));
        }
        return found.DrainToImmutable();
    }

    internal static string? ThreadSender(ReadSession session, string client, ImmutableArray<string> messageIds)
    {
        if (session.Names.FindId(client) is not { } clientId)
            return null;
        foreach (var id in messageIds)
        {
            // A provider that replaces the Message-ID makes it of its own id of the mail and a domain of its own.
            var sender = SenderOf(session, clientId, id) ?? (id.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? SenderOf(session, clientId, id[..at]) : null);
            if (sender is { } found)
                return session.Names.Text(found);
        }
        return null;
    }

    private static long? SenderOf(ReadSession session, long clientId, string sentId)
    {
        using var select = session.Execute(
            "SELECT sender FROM sent_id WHERE value = ? AND client = ? AND sender IS NOT NULL ORDER BY entry_id DESC LIMIT 1");
        select.Bind(1, sentId);
        select.Bind(2, clientId);
        return select.Step() ? select.Int64(0) : null;
    }

    private static void Read(
        ReadSession session, StoredLane lane, EntryRank rank, DateTimeOffset until, int limit, ImmutableArray<QueueEntry>.Builder found)
    {
        using var select = session.Execute($"SELECT {EntryReader.Columns} {From} AND e.due <= ? {NotHeld} ORDER BY e.due, e.id LIMIT ?");
        Bind(select, lane, rank);
        select.Bind(5, until.ToUnixTimeMilliseconds());
        select.Bind(6, limit);
        while (select.Step())
            found.Add(EntryReader.Read(select, session.Names.Text));
    }

    private static DateTimeOffset? NextDue(ReadSession session, StoredLane lane, EntryRank rank, DateTimeOffset after)
    {
        using var select = session.Execute("""
            SELECT e.due FROM entry e INDEXED BY entry_lane
            WHERE e.client = ? AND e.direction = ? AND e.sender IS ? AND e.rank = ? AND e.state IN (0, 2) AND e.due > ? ORDER BY e.due LIMIT 1
            """);
        Bind(select, lane, rank);
        select.Bind(5, after.ToUnixTimeMilliseconds());
        return select.Step() ? EntryReader.Time(select.Int64(0)) : null;
    }

    private static void Bind(Execution select, StoredLane lane, EntryRank rank)
    {
        select.Bind(1, lane.Client);
        select.Bind(2, lane.Direction);
        select.Bind(3, lane.Sender);
        select.Bind(4, (int)rank);
    }

    // A name that was never stored has no entries.
    private static StoredLane? Find(ReadSession session, LaneKey key)
    {
        if (session.Names.FindId(key.Client) is not { } client || session.Names.FindId(key.Direction) is not { } direction)
            return null;
        if (key.Sender is null)
            return new StoredLane(client, direction, null);
        return session.Names.FindId(key.Sender) is { } sender ? new StoredLane(client, direction, sender) : null;
    }

    private readonly record struct StoredLane(long Client, long Direction, long? Sender);
}
