using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>A direction's share of memory: which of its entries are here, and what the store may still have.</summary>
/// <remarks>Not thread-safe: <see cref="Schedule"/> holds the lock. What does not fit stays in the store and is read when there is room.</remarks>
public sealed class DirectionQueue(string client, string name)
{
    /// <summary>The most entries of one direction in memory.</summary>
    public const int Capacity = 1024;

    /// <summary>The most of them that no upstream can take.</summary>
    public const int ParkedCapacity = 256;

    private readonly HashSet<long> _ids = [];

    public string Client { get; } = client;

    public string Name { get; } = name;

    /// <summary>Due entries for which no upstream is available.</summary>
    public List<ReadyEntry> Parked { get; } = [];

    /// <summary>Whether entries were put back into the store because too many were parked.</summary>
    public bool HasStranded { get; set; }

    /// <summary>What each upstream is owed of this direction, for the shares by weight.</summary>
    public Dictionary<string, double> Credits { get; } = [];

    /// <summary>Whether the store may hold due entries that are not here.</summary>
    public bool HasMore { get; set; } = true;

    /// <summary>Where reading goes on; <see langword="null"/> from the start.</summary>
    public DueEntry? Cursor { get; set; }

    /// <summary>Counts how often reading was started over.</summary>
    public int Scan { get; private set; }

    /// <summary>When the next entry is due that is not yet.</summary>
    public DateTimeOffset NextDue { get; set; } = DateTimeOffset.MaxValue;

    public bool IsFull => _ids.Count >= Capacity;

    /// <summary>Room for a page is only made when half is free: many small reads cost more than few.</summary>
    public bool WantsMore => HasMore && _ids.Count <= Capacity / 2;

    public bool TryAdd(long id) => _ids.Add(id);

    public void Remove(long id) => _ids.Remove(id);

    /// <summary>The store has something that is not here: read from the start again.</summary>
    public void Rescan()
    {
        HasMore = true;
        Cursor = null;
        Scan++;
    }
}
