using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Reads due entries from the store into the schedule when there is room for them. Sleeps until the next one is due; never polls.</summary>
public sealed partial class QueueFeed(IStore store, Schedule schedule, TimeProvider time, ILogger<QueueFeed> logger)
{
    private const int PageSize = 256;

    // How long reading rests after it failed.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var wanting = schedule.WantMore(out var next);
                foreach (var (direction, cursor, scan) in wanting)
                    await ReadAsync(direction, cursor, scan, cancel);
                if (wanting.Count == 0)
                    await schedule.WaitForFeedAsync(next, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e);
                await Task.Delay(Rest, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReadAsync(DirectionQueue direction, DueEntry? cursor, int scan, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var page = await store.ReadDueAsync(direction.Client, direction.Name, now, cursor, PageSize, cancel);
        var isLast = page.Length < PageSize;
        var next = isLast ? await store.ReadNextDueAsync(direction.Client, direction.Name, now, cancel) : null;
        schedule.AddPage(direction, page, scan, isLast, next);
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Error, "Reading due entries failed; trying again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
