using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Begins and ends holds of scopes: on disk first, then in the schedule.</summary>
public sealed partial class HoldBook(IStore store, Schedule schedule, TimeProvider time, ILogger<HoldBook> logger) : IDisposable
{
    /// <summary>The most scopes that may be held: each lease and each choice looks at all of them.</summary>
    public const int MostHolds = 100;

    // One change at a time, so that the schedule ends with what the disk has.
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isUncertain;

    /// <summary>Reads what a former process has left.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read.</exception>
    public async Task LoadAsync()
    {
        await _turn.WaitAsync();
        try
        {
            schedule.Apply(new HoldSet(await store.ReadHoldsAsync(CancellationToken.None)));
            _isUncertain = false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Holds a scope; one that is held already gets the new reason and end.</summary>
    /// <returns>The hold, in force and on disk; <see langword="null"/> when it could not be written.</returns>
    public async Task<QueueHold?> HoldAsync(HoldScope scope, DateTimeOffset? until, string who, string reason)
    {
        await _turn.WaitAsync();
        try
        {
            if (await store.HoldAsync(scope, until, who, reason) is not { } hold)
                return null;
            schedule.Apply(new HoldSet([.. schedule.Holds.All.Where(other => other.Id != hold.Id), hold]));
            Log.Held(logger, hold.Scope, who, reason);
            return hold;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the holds that a condition is true of.</summary>
    /// <returns>Those that were ended; <see langword="default"/> when that could not be written.</returns>
    public async Task<ImmutableArray<QueueHold>> EndAsync(Func<QueueHold, bool> condition, string who)
    {
        await _turn.WaitAsync();
        try
        {
            ImmutableArray<QueueHold> ended = [.. schedule.Holds.All.Where(condition)];
            if (ended.IsEmpty)
                return ended;
            if (!await store.EndHoldsAsync([.. ended.Select(static hold => hold.Id)]))
            {
                // The disk may have taken it all the same.
                _isUncertain = true;
                return default;
            }
            schedule.Apply(new HoldSet([.. schedule.Holds.All.Except(ended)]));
            foreach (var hold in ended)
                Log.Ended(logger, hold.Scope, who);
            return ended;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the holds whose time is over. Called by the clock.</summary>
    public async Task EndDueAsync()
    {
        if (_isUncertain && store.Health.CanWrite)
            await LoadAsync();
        var now = time.GetUtcNow();
        if (schedule.Holds.All.Any(hold => hold.Until <= now))
            await EndAsync(hold => hold.Until <= now, "relay");
    }

    public void Dispose() => _turn.Dispose();

    private static partial class Log
    {
        [LoggerMessage(2070, LogLevel.Warning, "Mail is held ({Scope}) by {Who}: {Reason}")]
        public static partial void Held(ILogger logger, HoldScope scope, string who, string reason);

        [LoggerMessage(2071, LogLevel.Information, "Mail is held no longer ({Scope}), released by {Who}")]
        public static partial void Ended(ILogger logger, HoldScope scope, string who);
    }
}
