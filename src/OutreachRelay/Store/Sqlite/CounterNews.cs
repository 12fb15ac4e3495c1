namespace OutreachRelay.Store.Sqlite;

/// <summary>Tells the listener of counters what each commit made of them, in commit order.</summary>
internal sealed partial class CounterNews(ILogger log)
{
    private readonly HashSet<CounterKey> _doubtful = [];

    internal Action<IReadOnlyList<CounterValue>>? Listener { get; set; }

    internal void Tell(IReadOnlyList<CounterValue> changed)
    {
        if (changed.Count == 0)
            return;
        try
        {
            Listener?.Invoke(changed);
        }
        catch (Exception error)
        {
            // The commit stands, whatever the listener makes of it.
            Log.ListenerFailed(log, error);
        }
    }

    /// <summary>Remembers the counters of a group that failed: conflicts may have quoted them, and its commit may have come about.</summary>
    internal void Doubt(CounterTable counters) => counters.CollectPending(_doubtful);

    /// <summary>Tells what they are, once the database is open again.</summary>
    internal void TellDoubtful(CounterTable counters)
    {
        Tell([.. _doubtful.Select(key => new CounterValue(key, counters.Get(key)))]);
        _doubtful.Clear();
    }

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Error, "The listener to counters failed")]
        public static partial void ListenerFailed(ILogger log, Exception error);
    }
}
