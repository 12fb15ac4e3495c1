using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of entries, each on a snapshot of its own.</summary>
internal static class EntryQueries
{
    private static readonly EntryState[] Waiting = [EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held];

    // Entries of a state that one page looks at, so that a filter that few of a million pass keeps no reader for long.
    private const int MostLookedAt = 10_000;

    private const string Filter = """
        (?4 IS NULL OR e.client = ?4) AND (?5 IS NULL OR e.direction = ?5) AND (?6 IS NULL OR e.sender = ?6) AND (?7 IS NULL OR e.upstream = ?7)
        AND (?8 IS NULL OR substr(r.key, -length(?8) - 1) = '@' || ?8) AND (?9 IS NULL OR ended.stage = ?9)
        AND (?10 IS NULL OR ended.code BETWEEN ?10 AND ?11) AND (?12 IS NULL OR m.accepted_at >= ?12) AND (?13 IS NULL OR m.accepted_at < ?13)
        """;

    private const string Page = $"AND e.id BETWEEN ?2 AND ?3 AND {Filter} ORDER BY e.id LIMIT ?14";

    internal static DateTimeOffset? Oldest(ReadSession session, EntryState state)
    {
        using var select = session.Execute("""
            SELECT m.accepted_at FROM entry e JOIN message m ON m.id = e.id - e.place
            WHERE e.state = ? AND e.state < 10 ORDER BY e.id LIMIT 1
            """);
        select.Bind(1, (int)state);
        return select.Step() ? EntryReader.Time(select.Int64(0)) : null;
    }

    internal static LoadedEntry? Load(ReadSession session, long id, string contentDirectory)
    {
        using var select = session.Execute($"""
            SELECT {EntryReader.Columns}, m.reverse_path, m.received_at, m.length, m.flags, m.received, c.file, c.data,
              (SELECT a.frozen FROM attempt a WHERE a.entry_id = e.id AND a.number = 1)
            FROM {EntryReader.Tables} LEFT JOIN content c ON c.message_id = m.id WHERE e.id = ?
            """);
        select.Bind(1, id);
        if (!select.Step())
            return null;
        const int First = EntryReader.ColumnCount;
        var entry = EntryReader.Read(select, session.Names.Text);
        var flags = select.Int32(First + 3);
        var message = new StoredMessage
        {
            Id = entry.MessageId,
            Client = entry.Client,
            Direction = entry.Direction,
            ReversePath = select.Text(First),
            ReceivedAt = EntryReader.Time(select.Int64(First + 1)),
            Received = select.Blob(First + 4).ToArray(),
            Content = select.Blob(First + 6).ToArray(),
            ContentFile = select.Text(First + 5) is { } file ? Path.Combine(contentDirectory, file) : null,
            Length = select.Int64(First + 2),
            NeedsSmtpUtf8 = (flags & MessageTable.NeedsSmtpUtf8) != 0,
            Has8Bit = (flags & MessageTable.Has8Bit) != 0,
        };
        return new LoadedEntry(entry, message, select.Blob(First + 7).ToArray());
    }

    /// <summary>One page. An id alone gives that entry, or all of its message's when it is the message's id.</summary>
    internal static EntrySlice List(ReadSession session, EntryFilter filter, CancellationToken cancel) =>
        session.Snapshot(snapshot =>
        {
            if (StoredFilter.Find(snapshot, filter) is not { } stored)
                return new EntrySlice([], null);
            var page = new SortedList<long, QueueEntry>();
            if (filter.Id is { } id)
            {
                CollectMessage(snapshot, id, stored, page);
                return new EntrySlice([.. page.Values], null);
            }
            EntryState[] states = filter.States is [] ? Waiting : filter.States;
            var last = states.Min(state => LastLookedAt(snapshot, state, filter.After));
            foreach (var state in states)
            {
                cancel.ThrowIfCancellationRequested();
                CollectState(snapshot, state, last, stored, page);
            }
            var entries = page.Values.Take(filter.Limit).ToImmutableArray();
            return new EntrySlice(entries, entries.Length == filter.Limit ? entries[^1].Id : last < long.MaxValue ? last : null);
        });

    // Only what is unfinished has an index by state; what is finished is walked by its id.
    private static long LastLookedAt(ReadSession session, EntryState state, long after)
    {
        using var select = state < EntryState.Relayed
            ? session.Execute("SELECT id FROM entry WHERE state = ?1 AND state < 10 AND id > ?2 ORDER BY id LIMIT 1 OFFSET ?3")
            : session.Execute("SELECT id FROM entry WHERE id > ?2 AND ?1 >= 10 ORDER BY id LIMIT 1 OFFSET ?3");
        select.Bind(1, (int)state);
        select.Bind(2, after);
        select.Bind(3, MostLookedAt - 1);
        return select.Step() ? select.Int64(0) : long.MaxValue;
    }

    private static void CollectMessage(ReadSession session, long id, StoredFilter filter, SortedList<long, QueueEntry> page)
    {
        using var message = session.Execute("SELECT entries FROM message WHERE id = ?");
        message.Bind(1, id);
        var last = message.Step() ? id + message.Int32(0) - 1 : id;
        using var select = session.Execute($"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE ?1 IS NULL {Page}");
        select.BindNull(1);
        filter.Bind(select, Math.Max(id, filter.Given.After + 1), last, limit: long.MaxValue);
        while (page.Count < filter.Given.Limit && select.Step())
        {
            var entry = EntryReader.Read(select, session.Names.Text);
            if (filter.Given.States is [] || filter.Given.States.Contains(entry.State))
                page.Add(entry.Id, entry);
        }
    }

    private static void CollectState(ReadSession session, EntryState state, long last, StoredFilter filter, SortedList<long, QueueEntry> page)
    {
        using var select = state < EntryState.Relayed
            ? session.Execute($"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE e.state = ?1 AND e.state < 10 {Page}")
            : session.Execute($"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE +e.state = ?1 {Page}");
        select.Bind(1, (int)state);
        filter.Bind(select, filter.Given.After + 1, last, filter.Given.Limit);
        while (select.Step())
        {
            var entry = EntryReader.Read(select, session.Names.Text);
            page.TryAdd(entry.Id, entry);
        }
    }

    /// <summary>A filter with its names as they are stored.</summary>
    private sealed record StoredFilter(EntryFilter Given, long? Client, long? Direction, long? Sender, long? Upstream)
    {
        /// <returns><see langword="null"/> for a name that no entry can have.</returns>
        internal static StoredFilter? Find(ReadSession session, EntryFilter filter)
        {
            var isKnown = true;
            var found = new StoredFilter(filter, Id(filter.Client), Id(filter.Direction), Id(filter.Sender), Id(filter.Upstream));
            return isKnown ? found : null;

            long? Id(string? name)
            {
                var id = name is null ? null : session.Names.FindId(name);
                isKnown &= name is null || id is not null;
                return id;
            }
        }

        internal void Bind(Execution select, long first, long last, long limit)
        {
            select.Bind(2, first);
            select.Bind(3, last);
            select.Bind(4, Client);
            select.Bind(5, Direction);
            select.Bind(6, Sender);
            select.Bind(7, Upstream);
            select.Bind(8, Given.RecipientDomain);
            select.Bind(9, (long?)Given.Stage);
            select.Bind(10, (long?)Given.Codes?.From);
            select.Bind(11, (long?)Given.Codes?.To);
            select.Bind(12, Given.AcceptedFrom?.ToUnixTimeMilliseconds());
            select.Bind(13, Given.AcceptedBefore?.ToUnixTimeMilliseconds());
            select.Bind(14, limit);
        }
    }
}
