using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What opening a data directory yields.</summary>
internal sealed record OpenedStore(DataDirectoryLock Lock, DatabaseFile File, ContentFiles Content, NameCache Names, WriteSession Session, EntryIds Ids)
{
    /// <summary>What tells this database from its copies, with the mark that it has.</summary>
    internal required (StoreMark File, long Current) Mark { get; init; }

    /// <summary>How many entries were held just now because the database was restored; <see langword="null"/> when it was not.</summary>
    internal required long? HeldAsRestored { get; init; }

    /// <summary>When such entries were held, as long as any entry is.</summary>
    internal required DateTimeOffset? RestoredAt { get; init; }
}

/// <summary>Opens a data directory: lock, shape, schema, what the last process left behind. It blocks.</summary>
internal static class StoreOpening
{
    /// <exception cref="StoreException">It cannot be opened; the message says why and what to do.</exception>
    internal static OpenedStore Open(SqliteStoreOptions options, TimeProvider time)
    {
        var directory = Path.GetFullPath(options.DataDirectory);
        var content = new ContentFiles(directory);
        DataDirectoryLock? held = null;
        SqliteConnection? connection = null;
        try
        {
            CreateDirectories(directory, content);
            held = DataDirectoryLock.Take(directory);
            var file = new DatabaseFile(Path.Combine(directory, "relay.db"));
            file.CheckShape();
            file.BeginCreation();
            connection = file.OpenWriter(create: true);
            Schema.Migrate(connection, Schema.Migrations);
            // The last process may have ended for a flush that failed, of which nobody tells us.
            WalWatch.Truncate(connection);
            var names = new NameCache();
            var session = new WriteSession(connection, names);
            options.WriterOpened?.Invoke(connection);
            var mark = new StoreMark(directory);
            var lastId = FindLastId(session);
            var (current, heldAsRestored) = TakeOver(session, mark, isEmpty: lastId == 0, options, time.GetUtcNow().ToUnixTimeMilliseconds());
            file.EndCreation();
            content.ClearIncoming();
            return new OpenedStore(held, file, content, names, session, new EntryIds(lastId))
            {
                Mark = (mark, current),
                HeldAsRestored = heldAsRestored,
                RestoredAt = session.ReadMeta(MetaKeys.RestoredAt) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            };
        }
        catch (Exception error)
        {
            connection?.Dispose();
            held?.Dispose();
            if (error is StoreException || !StoreFailure.Is(error))
                throw;
            throw Explain(error);
        }
    }

    private static void CreateDirectories(string directory, ContentFiles content)
    {
        if (!Directory.Exists(directory))
            CreateDataDirectory(directory);
        Directory.CreateDirectory(content.ContentDirectory);
        Directory.CreateDirectory(content.IncomingDirectory);
        // The last process may have died between the creation of a directory for content and its flush, and nobody would flush it now.
        DirectoryFlush.Flush(content.ContentDirectory);
    }

    // Each new name on the way there is flushed, or a power loss may take all that was accepted with one of them.
    private static void CreateDataDirectory(string directory)
    {
        var parents = new List<string>();
        for (var path = directory; !Directory.Exists(path); path = parents[^1])
            parents.Add(Path.GetDirectoryName(path)!);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            // Others have no business with people's mail; the group may reach the admin socket.
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        parents.ForEach(DirectoryFlush.Flush);
    }

    // One transaction: a restored database must not be left with its entries free to go.
    private static (long Mark, long? HeldAsRestored) TakeOver(WriteSession session, StoreMark mark, bool isEmpty, SqliteStoreOptions options, long now)
    {
        var (last, next) = (session.ReadMeta(MetaKeys.Mark), StoreMark.New());
        var isRestored = !isEmpty && !mark.Knows(last);
        // Before the commit the file must go on not to know a restored database, or a kill in between would make it known.
        if (!isRestored)
            mark.Write(last, next);
        session.Begin(now);
        EndLeases(session, options, now);
        long? held = isRestored ? RestoredEntries.HoldAll(session) : null;
        if (held > 0)
            session.WriteMeta(MetaKeys.RestoredAt, now);
        else if (session.Counts.Held == 0)
            session.WriteMeta(MetaKeys.RestoredAt, 0);
        session.WriteMeta(MetaKeys.OpenedAt, now);
        session.WriteMeta(MetaKeys.Mark, next);
        session.Commit();
        session.Publish();
        mark.Write(next);
        return (next, held);
    }

    // One process has this database, so every lease is of a process that is gone: its upstream may have taken the message.
    private static void EndLeases(WriteSession session, SqliteStoreOptions options, long now)
    {
        session.Upkeep.EndAllLeases(now, now + (long)options.InDoubtWait.TotalMilliseconds, options.Node);
        session.MoveAllLeased();
    }

    private static long FindLastId(WriteSession session)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(id), 0) FROM entry";
        return Math.Max((long)command.ExecuteScalar()!, session.ReadMeta(MetaKeys.LastId));
    }

    private static StoreException Explain(Exception error)
    {
        var reason = StoreFailure.Describe(error);
        return error is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB }
            ? new StoreDamagedException("relay.db is damaged: restore it from a backup, or try sqlite3's .recover on a copy of it", error)
            : new StoreUnavailableException("relay.db cannot be opened: " + (error is SqliteException ? reason : error.Message), error);
    }
}
