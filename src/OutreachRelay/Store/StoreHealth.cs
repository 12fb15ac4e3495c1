namespace OutreachRelay.Store;

/// <summary>Whether the store takes writes.</summary>
public enum StoreStatus
{
    Ready,

    /// <summary>Free space fell below the watermark.</summary>
    DiskNearlyFull,

    /// <summary>Free space or free inodes fell below the hard floor.</summary>
    DiskFull,

    /// <summary>A write failed; the store is being reopened.</summary>
    Failing,

    Closed,
}

/// <param name="Status">What the door and the deliveries look at.</param>
/// <param name="Reason">In words without paths, fit to be shown to a client.</param>
public sealed record StoreHealth(StoreStatus Status, string Reason)
{
    public static StoreHealth Ready { get; } = new(StoreStatus.Ready, "");

    public bool CanWrite => Status == StoreStatus.Ready;

    /// <summary>Whether what runs can still be ended: nothing new begins, but room for outcomes was kept back.</summary>
    public bool CanEnd => Status is StoreStatus.Ready or StoreStatus.DiskNearlyFull or StoreStatus.DiskFull;
}
