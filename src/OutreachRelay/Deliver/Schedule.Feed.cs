using System.Collections.Immutable;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

// What the store may have that memory has not: which directions want to be read, and when.
public sealed partial class Schedule
{
    /// <summary>The directions whose due entries are to be read, each with its cursor.</summary>
    /// <param name="next">When the next entry of any direction is due.</param>
    public List<(DirectionQueue Direction, DueEntry? Cursor, int Scan)> WantMore(out DateTimeOffset next)
    {
        var now = time.GetUtcNow();
        next = DateTimeOffset.MaxValue;
        var wanting = new List<(DirectionQueue Direction, DueEntry? Cursor, int Scan)>();
        lock (_gate)
        {
            foreach (var direction in _directions.Values)
            {
                if (direction.NextDue <= now)
                {
                    direction.NextDue = DateTimeOffset.MaxValue;
                    direction.Rescan();
                }
                if (direction.WantsMore && !(direction.HasStranded && IsStuckNeedsLock(direction)))
                    wanting.Add((direction, direction.Cursor, direction.Scan));
                if (direction.NextDue < next)
                    next = direction.NextDue;
            }
        }
        return wanting;
    }

    /// <summary>Takes a page of due entries that the feed has read.</summary>
    /// <param name="nextDue">When the direction's next entry is due; given with the last page only.</param>
    /// <param name="scan">The direction's scan when reading began: one that was started over meanwhile goes on from its own start.</param>
    public void AddPage(DirectionQueue direction, ImmutableArray<QueueEntry> page, int scan, bool isLast, DateTimeOffset? nextDue)
    {
        lock (_gate)
        {
            if (scan == direction.Scan && !page.IsEmpty)
                direction.Cursor = new DueEntry(page[^1].Due, page[^1].Id);
            if (scan == direction.Scan && isLast)
                direction.HasMore = false;
            if (nextDue < direction.NextDue)
                direction.NextDue = nextDue.Value;
            foreach (var entry in page)
            {
                if (direction.IsFull)
                {
                    direction.Rescan();
                    break;
                }
                if (direction.TryAdd(entry.Id))
                    RouteNeedsLock(Ready(direction, entry, null));
            }
        }
    }

    /// <summary>The store was changed from outside, or works again: due entries are read again, and what was parked may go on.</summary>
    public void Rescan()
    {
        lock (_gate)
        {
            foreach (var direction in _directions.Values)
                direction.Rescan();
            RouteParkedNeedsLock();
        }
        WakeFeed();
    }

    /// <summary>Waits until there may be something to read, or until <paramref name="until"/>.</summary>
    public async Task WaitForFeedAsync(DateTimeOffset until, CancellationToken cancel)
    {
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var alarm = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), timer, wait < TimeSpan.FromHours(1) ? wait : TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        try
        {
            await _feedSignal.WaitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The next entry is due.
        }
    }

    // With no upstream at all, reading on would only strand more.
    private bool IsStuckNeedsLock(DirectionQueue queue) =>
        relay.Model.Clients.GetValueOrDefault(queue.Client)?.Directions.GetValueOrDefault(queue.Name) is not { } direction
        || !direction.Upstreams.Any(upstream => _upstreams.TryGetValue(upstream.Name, out var state) && state.Health.CanTake);

    private static bool NoteDueNeedsLock(DirectionQueue direction, DateTimeOffset due)
    {
        if (due >= direction.NextDue)
            return false;
        direction.NextDue = due;
        return true;
    }

    private void WakeFeedIfWanted(DirectionQueue direction)
    {
        bool wanted;
        lock (_gate)
            wanted = direction.WantsMore;
        if (wanted)
            WakeFeed();
    }

    private void WakeFeed()
    {
        lock (_feedSignal)
        {
            if (_feedSignal.CurrentCount == 0)
                _feedSignal.Release();
        }
    }
}
