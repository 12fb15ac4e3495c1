using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>What the schedule knows of a lane: which of its entries are in memory, and when the store has others that are due.</summary>
/// <remarks>Not thread-safe: <see cref="Schedule"/> holds the lock. The least of what is due that the store has is read when the sender's gate is open.</remarks>
public sealed class SenderLane(LaneKey key, DirectionQueue home)
{
    private readonly HashSet<long> _ids = new(1);

    public LaneKey Key { get; } = key;

    public DirectionQueue Home { get; } = home;

    /// <summary>When the store's next entry that was tried before is due; the past: some may be.</summary>
    public DateTimeOffset NextTried { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>When the store's next entry without an attempt is due; the past: some may be.</summary>
    public DateTimeOffset NextUntried { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Whether mail of later dates may have become possible today.</summary>
    public bool MayPull { get; set; }

    /// <summary>Whether it waits to be read.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether it is read when the mail that keeps its sender's gate is back.</summary>
    public bool WaitsForGate { get; set; }

    /// <summary>When its timer goes off; others in the timers' list are stale.</summary>
    public DateTimeOffset Timer { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Entries in memory.</summary>
    public int Count => _ids.Count;

    public bool IsIdle => _ids.Count == 0 && NextTried == DateTimeOffset.MaxValue && NextUntried == DateTimeOffset.MaxValue;

    public bool Contains(long id) => _ids.Contains(id);

    public long[] Ids() => [.. _ids];

    public bool TryAdd(long id)
    {
        if (!_ids.Add(id))
            return false;
        Home.Count++;
        return true;
    }

    public void Remove(long id)
    {
        if (_ids.Remove(id))
            Home.Count--;
    }

    /// <summary>Notes that the store has an entry that is due at a time.</summary>
    public void Note(DateTimeOffset due, bool wasTried)
    {
        if (wasTried)
            NextTried = due < NextTried ? due : NextTried;
        else
            NextUntried = due < NextUntried ? due : NextUntried;
    }
}

/// <summary>What is to be read of a lane.</summary>
/// <param name="Tried">Whether entries that were tried before may leave.</param>
/// <param name="Untried">How many of the others may; 0 for none.</param>
/// <param name="Held">The entries in memory: the store may list them still.</param>
/// <param name="Pull">Whether to look for mail of later dates that can be sent today.</param>
/// <param name="IsAway">Its sender is missing or paused, or there is none yet: the others are to go to another one.</param>
public readonly record struct LaneRead(SenderLane Lane, bool Tried, int Untried, long[] Held, bool Pull, bool IsAway);
