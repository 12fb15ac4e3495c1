using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Tells the disk's failures, which concern the whole store, from those of one write.</summary>
internal static class StoreFailure
{
    internal static bool Is(Exception error) => error switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is not
            (raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE or raw.SQLITE_MISUSE),
        IOException or UnauthorizedAccessException or StoreException => true,
        _ => false,
    };

    /// <summary>The failure in words without paths, fit to be shown to a client.</summary>
    internal static string Describe(Exception error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "the disk is full",
        raw.SQLITE_IOERR => "the disk failed",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "the database is locked by another program",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => "the database cannot be written",
        raw.SQLITE_CANTOPEN => "the database cannot be opened",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "the database is damaged",
        raw.SQLITE_NOMEM => "there is no memory",
        _ => error is StoreUnavailableException ? error.Message : error is IOException ? "the disk failed" : "the database failed",
    };
}

/// <summary>Fails its group, so that the writer reopens the database.</summary>
internal sealed class ReopenWrite(string reason) : Write
{
    internal override void Apply(WriteSession session) => throw new StoreUnavailableException(reason);

    internal override void Publish(WriteSession session) => Answered = true;

    internal override void Refuse(StoreHealth health) => Answered = true;

    internal override void Fault(Exception error) => Answered = true;
}
