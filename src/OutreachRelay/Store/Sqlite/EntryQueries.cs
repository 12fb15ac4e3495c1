using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of entries, each on a snapshot of its own.</summary>
internal static class EntryQueries
{
    private static readonly EntryState[] Waiting = [EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held];

    private const string NameFilter = "(?3 IS NULL OR e.client = ?3) AND (?4 IS NULL OR e.upstream = ?4)";
    private const string Page = $"AND e.id > ?2 AND {NameFilter} ORDER BY e.id LIMIT ?5";

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
    internal static ImmutableArray<QueueEntry> List(ReadSession session, EntryFilter filter, CancellationToken cancel) =>
        session.Snapshot(snapshot =>
        {
            var (client, upstream) = (FindName(snapshot, filter.Client), FindName(snapshot, filter.Upstream));
            if ((client is null && filter.Client is not null) || (upstream is null && filter.Upstream is not null))
                return [];
            var page = new SortedList<long, QueueEntry>();
            if (filter.Id is { } id)
                CollectMessage(snapshot, id, filter, client, upstream, page);
            else
            {
                foreach (var state in filter.States is [] ? Waiting : filter.States)
                {
                    cancel.ThrowIfCancellationRequested();
                    CollectState(snapshot, state, filter, client, upstream, page);
                }
            }
            return page.Values.Take(filter.Limit).ToImmutableArray();
        });

    private static long? FindName(ReadSession session, string? name) => name is null ? null : session.Names.FindId(name);

    private static void CollectMessage(
        ReadSession session, long id, EntryFilter filter, long? client, long? upstream, SortedList<long, QueueEntry> page)
    {
        using var message = session.Execute("SELECT entries FROM message WHERE id = ?");
        message.Bind(1, id);
        var last = message.Step() ? id + message.Int32(0) - 1 : id;
        using var select = session.Execute(
            $"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE e.id BETWEEN ?1 AND ?2 AND {NameFilter} ORDER BY e.id");
        select.Bind(1, Math.Max(id, filter.After + 1));
        select.Bind(2, last);
        select.Bind(3, client);
        select.Bind(4, upstream);
        while (page.Count < filter.Limit && select.Step())
        {
            var entry = EntryReader.Read(select, session.Names.Text);
            if (filter.States is [] || filter.States.Contains(entry.State))
                page.Add(entry.Id, entry);
        }
    }

    private static void CollectState(
        ReadSession session, EntryState state, EntryFilter filter, long? client, long? upstream, SortedList<long, QueueEntry> page)
    {
        // Only what is unfinished has an index by state; what is finished is walked by its id.
        using var select = state < EntryState.Relayed
            ? session.Execute($"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE e.state = ?1 AND e.state < 10 {Page}")
            : session.Execute($"SELECT {EntryReader.Columns} FROM {EntryReader.Tables} WHERE +e.state = ?1 {Page}");
        select.Bind(1, (int)state);
        select.Bind(2, filter.After);
        select.Bind(3, client);
        select.Bind(4, upstream);
        select.Bind(5, filter.Limit);
        while (select.Step())
        {
            var entry = EntryReader.Read(select, session.Names.Text);
            page.TryAdd(entry.Id, entry);
        }
    }
}
