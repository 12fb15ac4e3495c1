using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What a <see cref="SqliteStore"/> is opened with.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>Holds <c>relay.db</c>, <c>relay.lock</c>, <c>content/</c> and <c>incoming/</c>; it is created when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Below this many free octets on its file system, accepts and leases answer <c>Unavailable</c>; 0: never.</summary>
    public long MinFreeSpace { get; init; }

    /// <summary>Below this many the disk counts as full: not even a client is let in; 0: never.</summary>
    public long HardMinFreeSpace { get; init; }

    /// <summary>Below this many free inodes as well; 0: never.</summary>
    public long MinFreeInodes { get; init; }

    /// <summary>How long an entry stays in doubt before it is due again, when its lease ran out or its process died.</summary>
    public TimeSpan InDoubtWait { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The name under which this process holds leases.</summary>
    public string Node { get; init; } = "local";

    /// <summary>Writes and reads that may wait, each; callers beyond it wait without a thread.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Tests: free octets, instead of asking the file system.</summary>
    internal Func<long>? FreeSpace { get; init; }

    /// <summary>Tests: free inodes, instead of asking the file system.</summary>
    internal Func<long>? FreeInodes { get; init; }

    /// <summary>Tests: sees the writer's connection each time that it is opened.</summary>
    internal Action<SqliteConnection>? WriterOpened { get; init; }

    /// <summary>Tests: runs on the writer before each COMMIT; what it throws is the commit's failure.</summary>
    internal Action? BeforeCommit { get; init; }

    /// <summary>Tests: runs on the writer after each COMMIT, before anyone hears of it.</summary>
    internal Action? AfterCommit { get; init; }
}
