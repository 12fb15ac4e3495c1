using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Keeps a lease alive while its attempt runs, so that a slow upstream is not taken for a dead process.</summary>
internal sealed class LeaseRenewal : IAsyncDisposable
{
    /// <summary>How long a lease lasts without renewal.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    // Beyond what the longest attempt takes: nobody's lease is to be kept alive by a timer alone.
    private static readonly TimeSpan Longest = UpstreamWorkers.LongestAttempt + UpstreamWorkers.Patience;

    private readonly IStore _store;
    private readonly long _entryId;
    private readonly int _epoch;
    private readonly ITimer _timer;
    private int _left = (int)(Longest / (Duration / 2));

    public LeaseRenewal(IStore store, long entryId, int epoch, TimeProvider time)
    {
        (_store, _entryId, _epoch) = (store, entryId, epoch);
        _timer = time.CreateTimer(static renewal => ((LeaseRenewal)renewal!).Renew(), this, Duration / 2, Duration / 2);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    // A renewal that fails needs no care: the lease ends, and the entry is in doubt, which it then is.
    private void Renew()
    {
        if (Interlocked.Decrement(ref _left) >= 0)
            _ = _store.RenewAsync(_entryId, _epoch, Duration).AsTask();
    }
}
