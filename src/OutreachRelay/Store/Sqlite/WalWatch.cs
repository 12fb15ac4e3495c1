using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// Keeps the write-ahead log small. The copying is done beside the writer; but a log that is written to all the time never comes to
/// its end, so from time to time the writer copies the small rest itself, after which the log begins anew.
/// </summary>
internal sealed class WalWatch
{
    private const int KickPages = (32 << 20) / DatabaseFile.PageSize;
    private const int RestartPages = (64 << 20) / DatabaseFile.PageSize;
    private const int MostPages = (int)(DatabaseFile.WalLimit / DatabaseFile.PageSize);

    // Each pass finds less to copy than the one before; against a writer that is as quick as the copying none finds nothing.
    private const int MostPasses = 10;

    // How long the writer waits for readers to leave the log.
    private const int RestartPatience = 50;
    private const int Patience = 5000;

    private int _written;
    private int _sinceKick;
    private int _sinceRestart;
    private volatile bool _rest;

    /// <summary>Asks for a <see cref="Copy"/> beside the writer; it must not block.</summary>
    internal Action Kick { get; set; } = () => { };

    /// <summary>Whether the writer should copy the rest now.</summary>
    internal bool NeedsRoom => _rest || _sinceRestart > MostPages;

    /// <summary>On the writer after a commit: how far the log has grown.</summary>
    internal void Look(SqliteConnection connection)
    {
        raw.sqlite3_db_status(connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, 0);
        var pages = written < _written ? written : written - _written;
        _written = written;
        _sinceRestart += pages;
        _sinceKick += pages;
        if (_sinceKick < KickPages)
            return;
        _sinceKick = 0;
        Kick();
    }

    /// <summary>
    /// Beside the writer: copies what it can without holding anyone up. Only a pass that comes to the end of the log flushes the database, and all that was copied
    /// with it; so one should, or the writer would have to when it copies the rest.
    /// </summary>
    internal void Copy(SqliteConnection connection)
    {
        // That a pass came to the end shows when the next one finds no more pages.
        var (pages, before) = (0, -1);
        for (var pass = 0; pages != before && pass < MostPasses; pass++)
        {
            before = pages;
            var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out pages, out _);
            if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
                SqliteException.ThrowExceptionForRC(code, connection.Handle);
        }
        _rest = pages > RestartPages;
    }

    /// <summary>On the writer between groups: copies the rest, so that the log begins anew.</summary>
    internal void MakeRoom(SqliteConnection connection)
    {
        _rest = false;
        _sinceRestart = 0;
        raw.sqlite3_busy_timeout(connection.Handle!, RestartPatience);
        var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", raw.SQLITE_CHECKPOINT_RESTART, out _, out _);
        raw.sqlite3_busy_timeout(connection.Handle!, Patience);
        if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
            SqliteException.ThrowExceptionForRC(code, connection.Handle);
    }

    /// <summary>At the end, and at the start for what a process left that did not come to its end: empties the log, if it can be.</summary>
    internal static void Truncate(SqliteConnection connection) => TryTruncate(connection);

    /// <summary>
    /// After a failed flush: copies the log as it is read, flushes the database and begins the log anew. What the disk does not have of the old log is needed no
    /// longer then; in the middle of a log that goes on it would hide all that is acknowledged later (sqlite.org/fileformat2.html#wal_file_format: recovery ends
    /// at the first frame whose checksum is wrong).
    /// </summary>
    /// <exception cref="SqliteException">It could not be done, or somebody reads from the log.</exception>
    internal static void BeginAnew(SqliteConnection connection) => SqliteException.ThrowExceptionForRC(TryTruncate(connection), connection.Handle);

    private static int TryTruncate(SqliteConnection connection) =>
        raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
}
