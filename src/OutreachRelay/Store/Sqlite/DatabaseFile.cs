using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Opens connections to <c>relay.db</c>.</summary>
internal sealed class DatabaseFile(string path)
{
    /// <summary>At this size of the write-ahead log the writer stops to make room.</summary>
    internal const long WalLimit = 128 << 20;

    // A 4 KiB message takes one overflow page, and a row at a random place dirties no more than one small page.
    internal const int PageSize = 4096;

    private const int HeaderLength = 100;

    internal string Path => path;

    private string CreationNote => path + "-new";

    /// <summary>Opens the writer's connection, creating the file when <paramref name="create"/> allows it. SQLite flushes until a <see cref="WalFlush"/> does.</summary>
    internal SqliteConnection OpenWriter(bool create)
    {
        // Only at start: to create the file while running would put an empty queue in place of a removed one.
        var connection = Open(create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        return Prepare(connection, $"""
            PRAGMA page_size = {PageSize}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = {WalLimit}; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;
            """);
    }

    /// <summary>Opens a connection that can only read.</summary>
    internal SqliteConnection OpenReader() =>
        Prepare(Open(SqliteOpenMode.ReadWrite), "PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;");

    /// <summary>Opens the connection that copies the write-ahead log into the database.</summary>
    internal SqliteConnection OpenCheckpointer() =>
        Prepare(Open(SqliteOpenMode.ReadWrite), "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024;");

    /// <summary>Looks at the file before SQLite does, which would take an empty file for a new database.</summary>
    /// <exception cref="StoreDamagedException">It is empty, no SQLite database, or cut off.</exception>
    internal void CheckShape()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            if (File.Exists(path + "-wal"))
                throw Damaged("is missing, but its write-ahead log is there");
            return;
        }
        if (file.Length == 0 && !IsNewborn())
            throw Damaged("is empty");
        if (file.Length > 0)
            CheckHeader(file);
    }

    /// <summary>Notes on disk that the database is about to be created, so that a crash in the midst of it leaves an empty file that is nobody's loss.</summary>
    internal void BeginCreation()
    {
        if (File.Exists(path))
            return;
        File.Create(CreationNote).Dispose();
        DirectoryFlush.Flush(System.IO.Path.GetDirectoryName(path)!);
    }

    /// <summary>From here on an empty file would be a loss.</summary>
    internal void EndCreation() => File.Delete(CreationNote);

    private void CheckHeader(FileInfo file)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using (var stream = file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.StartsWith("SQLite format 3\0"u8))
                throw Damaged("is not a SQLite database");
        }
        // Pages that the header counts may still be in the write-ahead log; without one they must be in the file.
        var pages = BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is var size and not 1 ? size : 65536;
        if (file.Length < (long)pages * pageSize && new FileInfo(path + "-wal") is not { Exists: true, Length: > 0 })
            throw Damaged("is cut off: its header counts more pages than it has");
    }

    // A process killed while it created the database leaves an empty file, and nothing has been accepted into it.
    private bool IsNewborn() => File.Exists(CreationNote) || File.Exists(path + "-wal") || File.Exists(path + "-journal");

    private StoreDamagedException Damaged(string how) =>
        new($"relay.db {how}: restore it from a backup, or move it away to start with an empty queue");

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_extended_result_codes(connection.Handle!, 1);
            raw.sqlite3_busy_timeout(connection.Handle!, 5000);
            PlanOnce(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Otherwise a statement whose plan looked at a bound value, be it only that of its LIMIT, is parsed and planned anew after every bind
    // (sqlite.org/c3ref/c_dbconfig_defensive.html, SQLITE_DBCONFIG_ENABLE_QPSG): several times what its execution costs.
    private static void PlanOnce(SqliteConnection connection) =>
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_db_config(connection.Handle!, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _), connection.Handle!);

    private static SqliteConnection Prepare(SqliteConnection connection, string pragmas)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = pragmas;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
