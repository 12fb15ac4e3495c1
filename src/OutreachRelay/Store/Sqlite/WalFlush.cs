using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Flushes the write-ahead log after each commit of one connection, in SQLite's stead.</summary>
/// <remarks>
/// SQLite as it is built for us calls fsync(2), which also writes that the file was touched, and for that has the file system commit its journal, with whatever else
/// is in it. fdatasync(2) writes the octets and what it takes to find them again, the length among it; the log is mostly written over in place, where that is nothing.
/// All else stays with SQLite: in <c>synchronous = NORMAL</c> it flushes the log's header, and the log before each checkpoint (sqlite.org/pragma.html#pragma_synchronous).
/// </remarks>
internal sealed class WalFlush : IDisposable
{
    // No lock, which SQLite's own handle would meet; and closing it gives up none of SQLite's, which are on other files.
    private readonly SafeFileHandle _log;

    /// <summary>Takes over the flushing from a connection that has read its database, so that the log is there.</summary>
    internal WalFlush(SqliteConnection connection)
    {
        _log = File.OpenHandle(connection.DataSource + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = NORMAL";
        command.ExecuteNonQuery();
    }

    /// <summary>Returns when all that was committed is on disk.</summary>
    /// <exception cref="IOException">It may not be. A second try would not tell: what could not be written counts as clean from then on.</exception>
    internal void Run()
    {
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(_log);
        else if (SynchroniseData(_log) != 0)
            throw new IOException($"the write-ahead log could not be flushed (errno {Marshal.GetLastPInvokeError()})");
    }

    public void Dispose() => _log.Dispose();

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int SynchroniseData(SafeFileHandle file);
}
