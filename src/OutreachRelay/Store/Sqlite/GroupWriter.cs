using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>
/// The one writer: a thread that gathers what waits into one transaction, commits it with one flush, and then answers (group commit).
/// While a flush runs, the next group gathers by itself, so nothing waits on purpose.
/// </summary>
/// <remarks>
/// A group: (1) take what waits, within bounds   (2) apply each write; one that cannot be done is left out, and the others run again
/// (3) commit   (4) publish memory, answer. When (2) or (3) fails at the disk: answer all with Unavailable, close, reopen with growing waits,
/// reconcile the writes whose commit is unknown, go on.
/// </remarks>
internal sealed partial class GroupWriter
{
    private const int MostWrites = 512;
    private const int MostOctets = 8 << 20;

    private readonly SqliteStoreOptions _options;
    private readonly DatabaseFile _file;
    private readonly NameCache _names;
    private readonly StoreHealthState _health;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<Write> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Write> _group = [];
    private readonly WalWatch _wal;
    private WriteSession? _session;
    private Task<bool>? _readable;
    private readonly CounterNews _news;
    private readonly GrowingWait _wait = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
    private volatile CountsBox _counts = new(default);
    private volatile int _generation;

    // A flush failed: the log may lack what this process goes on reading from the kernel's memory, and a loss of power would end the log there.
    private bool _isLogDoubtful;

    internal GroupWriter(
        SqliteStoreOptions options, DatabaseFile file, NameCache names, StoreHealthState health, WalWatch wal, TimeProvider time, ILogger log)
    {
        (_options, _file, _names, _health, _wal, _time, _log) = (options, file, names, health, wal, time, log);
        _news = new CounterNews(log);
        _queue = Channel.CreateBounded<Write>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
    }

    internal QueueCounts Counts => _counts.Value;

    internal CounterNews News => _news;

    /// <summary>Grows when the database is reopened: connections of an older generation may look at a file that is gone.</summary>
    internal int Generation => _generation;

    /// <summary>Takes over an open session and writes from now on.</summary>
    internal void Start(WriteSession session)
    {
        _session = session;
        _counts = new CountsBox(session.Counts);
        new Thread(Run) { IsBackground = true, Name = "store writer" }.Start();
    }

    internal Action? Recovered { get; set; }

    /// <summary>Queues a write; it ends whatever becomes of its caller.</summary>
    internal ValueTask<T> SubmitAsync<T>(Write<T> write)
    {
        var health = _health.Current;
        if (write.Begins ? !health.CanWrite : !health.CanEnd)
        {
            write.Refuse(health);
            return write.Answer;
        }
        return _queue.Writer.TryWrite(write) ? write.Answer : WaitAndSubmitAsync(write);
    }

    /// <summary>Writes what is queued, then closes the database.</summary>
    internal async Task StopAsync()
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _ended.Task;
        _stopping.Dispose();
    }

    /// <summary>Makes the writer close and reopen the database, as after a failed write.</summary>
    internal void Reopen(string reason) => _queue.Writer.TryWrite(new ReopenWrite(reason));

    private async ValueTask<T> WaitAndSubmitAsync<T>(Write<T> write)
    {
        try
        {
            await _queue.Writer.WriteAsync(write);
        }
        catch (ChannelClosedException)
        {
            write.Refuse(_health.Current);
        }
        return await write.Answer;
    }

    private void Run()
    {
        while (WaitForWrites())
        {
            Gather();
            if (_session is null)
                RefuseGroup();
            else
                TryWriteGroup(_session);
            _group.Clear();
        }
        CloseSession();
        _ended.SetResult();
    }

    private void TryWriteGroup(WriteSession session)
    {
        try
        {
            if (_wal.NeedsRoom)
                _wal.MakeRoom(session.Connection);
            WriteGroup(session);
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private bool WaitForWrites()
    {
        _readable ??= _queue.Reader.WaitToReadAsync().AsTask();
        var open = _readable.GetAwaiter().GetResult();
        _readable = null;
        return open;
    }

    private void Gather()
    {
        var octets = 0;
        while (_group.Count < MostWrites && octets < MostOctets && _queue.Reader.TryRead(out var write))
        {
            _group.Add(write);
            octets += write.Size;
        }
    }

    private void WriteGroup(WriteSession session)
    {
        while (!TryApply(session))
            session.Rollback();
        _options.BeforeCommit?.Invoke();
        var start = _time.GetTimestamp();
        session.Commit();
        _options.AfterCommit?.Invoke();
        StoreInstruments.Committed(_group.Count, _time.GetElapsedTime(start));

        foreach (var write in _group)
            write.Committed();
        _news.Tell(session.Publish());
        _counts = new CountsBox(session.Counts);
        _wait.Reset();
        foreach (var write in _group)
            Publish(session, write);
        _wal.Look(session.Connection);
    }

    // False: one write could not be done, and has been answered; the transaction must be undone and run again without it.
    private bool TryApply(WriteSession session)
    {
        session.Begin(_time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var write in _group)
        {
            if (write.Answered)
                continue;
            try
            {
                write.Apply(session);
            }
            catch (Exception error) when (!StoreFailure.Is(error))
            {
                Log.WriteFaulted(_log, write.GetType().Name, error);
                write.Fault(error);
                return false;
            }
        }
        return true;
    }

    private void Publish(WriteSession session, Write write)
    {
        if (write.Answered)
            return;
        try
        {
            write.Publish(session);
        }
        catch (Exception error) when (!StoreFailure.Is(error))
        {
            Log.WriteFaulted(_log, write.GetType().Name, error);
            write.Fault(error);
        }
    }

    private void Fail(Exception error)
    {
        var reason = StoreFailure.Describe(error);
        _health.Fail(reason);
        StoreInstruments.Failed();
        Log.Failed(_log, reason, error);
        Doubt(error);
        RefuseGroup();
        if (_session is not null)
            _news.Doubt(_session.Counters);
        CloseSession();
        do
            WaitAndRefuse();
        while (!_stopping.IsCancellationRequested && !TryReopen());
    }

    private void RefuseGroup()
    {
        foreach (var write in _group)
            write.Refuse(_health.Current);
    }

    private bool TryReopen()
    {
        try
        {
            _session = OpenSession();
            _options.WriterOpened?.Invoke(_session.Connection);
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            _session.Begin(now);
            foreach (var write in _group)
                write.Reconcile(_session);
            _session.WriteMeta(MetaKeys.OpenedAt, now);
            _session.Commit();
            _session.Publish();
            _news.TellDoubtful(_session.Counters);
        }
        catch (Exception error)
        {
            Doubt(error);
            CloseSession();
            Log.StillFailing(_log, StoreFailure.Describe(error), _wait.Next, error);
            return false;
        }
        _counts = new CountsBox(_session.Counts);
        Interlocked.Increment(ref _generation);
        _health.Recover();
        Log.Recovered(_log);
        Recovered?.Invoke();
        return true;
    }

    private WriteSession OpenSession()
    {
        var connection = _file.OpenWriter(create: false);
        try
        {
            if (_isLogDoubtful)
                WalWatch.BeginAnew(connection);
            _isLogDoubtful = false;
            return new WriteSession(connection, _names);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Doubt(Exception error) => _isLogDoubtful |= error is IOException;

    // Who comes while the store is failing has passed the door before it closed.
    private void WaitAndRefuse()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var wait = Task.Delay(_wait.Take(), _time, ended.Token);
        while (!wait.IsCompleted)
        {
            _readable ??= _queue.Reader.WaitToReadAsync().AsTask();
            if (Task.WaitAny(_readable, wait) != 0 || !_readable.Result)
                break;
            _readable = null;
            while (_queue.Reader.TryRead(out var write))
                write.Refuse(_health.Current);
        }
    }

    private void CloseSession()
    {
        try
        {
            if (_stopping.IsCancellationRequested && _session is not null)
                WalWatch.Truncate(_session.Connection);
            _session?.Dispose();
        }
        catch (SqliteException error)
        {
            Log.CloseFailed(_log, error);
        }
        _session = null;
    }

    private sealed record CountsBox(QueueCounts Value);

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Error, "The store failed: {Reason}. Nothing is accepted or delivered until it works again")]
        public static partial void Failed(ILogger log, string reason, Exception error);

        [LoggerMessage(3001, LogLevel.Warning, "The store still fails: {Reason}. Next try in {Wait}")]
        public static partial void StillFailing(ILogger log, string reason, TimeSpan wait, Exception error);

        [LoggerMessage(3002, LogLevel.Information, "The store works again")]
        public static partial void Recovered(ILogger log);

        [LoggerMessage(3003, LogLevel.Error, "A {Write} could not be done; the others of its group were")]
        public static partial void WriteFaulted(ILogger log, string write, Exception error);

        [LoggerMessage(3004, LogLevel.Warning, "The database did not close cleanly")]
        public static partial void CloseFailed(ILogger log, Exception error);
    }
}
