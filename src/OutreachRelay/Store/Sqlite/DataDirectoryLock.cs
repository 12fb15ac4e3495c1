using System.Globalization;
using System.Text;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Keeps a second process out of the data directory. The lock is the open file's, so it dies with its process.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <exception cref="StoreLockedException">Another process has it.</exception>
    internal static DataDirectoryLock Take(string directory)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix.
            var file = new FileStream(Path.Combine(directory, "relay.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DataDirectoryLock(file);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new StoreLockedException("the data directory is in use by another process (relay.lock)", error);
        }
    }

    public void Dispose() => _file.Dispose();
}
