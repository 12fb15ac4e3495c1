using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>A direction's share of memory, and what waits in it for others than its senders.</summary>
/// <remarks>Not thread-safe: <see cref="Schedule"/> holds the lock. What does not fit stays in the store and is read when there is room.</remarks>
public sealed class DirectionQueue(string client, string name)
{
    /// <summary>The most entries of one direction in memory.</summary>
    public const int Capacity = 1024;

    /// <summary>The most of them that no upstream can take.</summary>
    public const int ParkedCapacity = 256;

    public string Client { get; } = client;

    public string Name { get; } = name;

    /// <summary>Its share of its client's turns.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>Its client's share of an upstream's turns.</summary>
    public double ClientWeight { get; set; } = 1;

    /// <summary>Entries in memory.</summary>
    public int Count { get; set; }

    /// <summary>Due entries for which no upstream is available.</summary>
    public List<ReadyEntry> Parked { get; } = [];

    /// <summary>Lanes that wait for an upstream.</summary>
    public List<SenderLane> Stuck { get; } = [];

    /// <summary>Lanes that wait for room in memory.</summary>
    public Queue<SenderLane> Hungry { get; } = [];

    /// <summary>What each upstream is owed of this direction, for the shares by weight.</summary>
    public Dictionary<string, double> Credits { get; } = [];

    /// <summary>Between whom a choice is made; used within one choice only.</summary>
    internal List<UpstreamState> Candidates { get; } = [];

    public bool IsFull => Count >= Capacity;

    /// <summary>Room is only offered when half is free: many small reads cost more than few.</summary>
    public bool HasRoom => Count <= Capacity / 2;
}
