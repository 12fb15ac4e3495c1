using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What opening a data directory yields.</summary>
internal sealed record OpenedStore(DataDirectoryLock Lock, DatabaseFile File, ContentFiles Content, NameCache Names, WriteSession Session, EntryIds Ids);

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
            connection = file.OpenWriter(create: true);
            Schema.Migrate(connection, Schema.Migrations);
            var names = new NameCache();
            var session = new WriteSession(connection, names);
            options.WriterOpened?.Invoke(connection);
            EndLeases(session, options, time.GetUtcNow().ToUnixTimeMilliseconds());
            content.ClearIncoming();
            return new OpenedStore(held, file, content, names, session, new EntryIds(FindLastId(session)));
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
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            // Others have no business with people's mail; the group may reach the admin socket.
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        Directory.CreateDirectory(content.ContentDirectory);
        Directory.CreateDirectory(content.IncomingDirectory);
    }

    // One process has this database, so every lease is of a process that is gone: its upstream may have taken the message.
    private static void EndLeases(WriteSession session, SqliteStoreOptions options, long now)
    {
        session.Begin(now);
        session.Upkeep.EndAllLeases(now, now + (long)options.InDoubtWait.TotalMilliseconds, options.Node);
        session.MoveAllLeased();
        session.WriteMeta(MetaKeys.OpenedAt, now);
        session.Commit();
        session.Publish();
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
