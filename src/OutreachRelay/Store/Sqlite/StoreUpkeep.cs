using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What goes on beside the writer, on a thread of its own: copying the log, watching the disk, removing orphaned files.</summary>
internal sealed partial class StoreUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SqliteStoreOptions _options;
    private readonly DatabaseFile _file;
    private readonly ContentFiles _content;
    private readonly StoreHealthState _health;
    private readonly WalWatch _wal;
    private readonly GroupWriter _writer;
    private readonly ILogger _log;
    private readonly WorkThreads<StoreUpkeep> _thread;
    private readonly ITimer _timer;
    private SqliteConnection? _connection;
    private int _opened;
    private int _copying;
    private int _checking;

    internal StoreUpkeep(
        SqliteStoreOptions options, DatabaseFile file, ContentFiles content, StoreHealthState health, WalWatch wal, GroupWriter writer,
        TimeProvider time, ILogger log)
    {
        (_options, _file, _content, _health, _wal, _writer, _log) = (options, file, content, health, wal, writer, log);
        _thread = new WorkThreads<StoreUpkeep>("store upkeep", 1, 16, () => this);
        wal.Kick = () => Post(ref _copying, static upkeep => upkeep.Copy());
        _timer = time.CreateTimer(_ => Post(ref _checking, static upkeep => upkeep.CheckDisk()), null, Interval, Interval);
        CheckDisk();
    }

    /// <summary>Removes content files that no row refers to: their process died before the commit, or before it removed them.</summary>
    internal void RemoveOrphans(long lastId) => _ = _thread.RunAsync(_ => Guard(() => RemoveOrphansUpTo(lastId)), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _thread.DisposeAsync();
        _connection?.Dispose();
    }

    // At most one of a kind is queued.
    private void Post(ref int queued, Action<StoreUpkeep> work)
    {
        if (Interlocked.Exchange(ref queued, 1) == 0)
            _ = _thread.RunAsync(upkeep => upkeep.Guard(() => work(upkeep)), CancellationToken.None);
    }

    // The writer meets the same failure and deals with it; here it must only not end the thread.
    private bool Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            Log.UpkeepFailed(_log, error);
            _connection?.Dispose();
            _connection = null;
        }
        return true;
    }

    private void Copy()
    {
        Volatile.Write(ref _copying, 0);
        _wal.Copy(Connect());
    }

    private void CheckDisk()
    {
        Volatile.Write(ref _checking, 0);
        // A file that is gone still takes writes, which would be lost with it.
        if (_health.Current.Status is not (StoreStatus.Failing or StoreStatus.Closed) && !File.Exists(_file.Path))
            _writer.Reopen("the database file is gone");
        var space = Measure();
        var room = space.Judge(_options.MinFreeSpace, _options.HardMinFreeSpace, _options.MinFreeInodes);
        if (!_health.SetRoom(room))
            return;
        if (room == DiskRoom.Enough)
            Log.DiskRecovered(_log);
        else if (room == DiskRoom.Low)
            Log.DiskLow(_log, space.Octets, _options.MinFreeSpace);
        else
            Log.DiskFull(_log, space.Octets, space.Inodes);
    }

    private DiskSpace Measure() => _options.FreeSpace is { } octets
        ? new DiskSpace(octets(), _options.FreeInodes?.Invoke())
        : DiskSpace.Of(_options.DataDirectory);

    private void RemoveOrphansUpTo(long lastId)
    {
        using var statement = new Statement(Connect(), "SELECT 1 FROM content WHERE message_id = ? AND file IS NOT NULL");
        var removed = 0;
        foreach (var (name, messageId) in _content.Enumerate(lastId))
        {
            using var select = statement.Execute();
            select.Bind(1, messageId);
            if (select.Step())
                continue;
            _content.Delete(name);
            removed++;
        }
        if (removed > 0)
            Log.OrphansRemoved(_log, removed);
    }

    private SqliteConnection Connect()
    {
        if (_connection is not null && _opened == _writer.Generation)
            return _connection;
        _connection?.Dispose();
        _opened = _writer.Generation;
        return _connection = _file.OpenCheckpointer();
    }

    private static partial class Log
    {
        [LoggerMessage(3020, LogLevel.Warning, "The store's upkeep failed; it will be tried again")]
        public static partial void UpkeepFailed(ILogger log, Exception error);

        [LoggerMessage(3021, LogLevel.Error, "{Octets} octets are free for the store, less than {Least}: nothing is accepted and no attempt begins until there is room")]
        public static partial void DiskLow(ILogger log, long octets, long least);

        [LoggerMessage(3022, LogLevel.Information, "There is room for the store again")]
        public static partial void DiskRecovered(ILogger log);

        [LoggerMessage(3024, LogLevel.Error, "The disk of the store is full, with {Octets} octets and {Inodes} inodes free: no client is let in until there is room")]
        public static partial void DiskFull(ILogger log, long octets, long? inodes);

        [LoggerMessage(3023, LogLevel.Information, "Removed {Count} content files without a message")]
        public static partial void OrphansRemoved(ILogger log, int count);
    }
}
