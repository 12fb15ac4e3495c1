namespace OutreachRelay.Store.Sqlite;

/// <summary>What <see cref="IStore.Health"/> shows, put together from what the parts of the store find.</summary>
internal sealed class StoreHealthState
{
    private readonly Lock _lock = new();
    private StoreHealth? _failing;
    private DiskRoom _room;
    private bool _closed;
    private volatile StoreHealth _current = StoreHealth.Ready;

    internal StoreHealth Current => _current;

    internal void Fail(string reason) => Change(() => _failing = new StoreHealth(StoreStatus.Failing, reason));

    internal void Recover() => Change(() => _failing = null);

    internal void Close() => Change(() => _closed = true);

    /// <returns>Whether that is news.</returns>
    internal bool SetRoom(DiskRoom room)
    {
        var changed = false;
        Change(() =>
        {
            changed = room != _room;
            _room = room;
        });
        return changed;
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _current = _closed ? new StoreHealth(StoreStatus.Closed, "the store is closed")
                : _failing ?? OfRoom();
        }
    }

    private StoreHealth OfRoom() => _room switch
    {
        DiskRoom.Enough => StoreHealth.Ready,
        DiskRoom.Low => new StoreHealth(StoreStatus.DiskNearlyFull, "the disk is nearly full"),
        _ => new StoreHealth(StoreStatus.DiskFull, "the disk is full"),
    };
}
