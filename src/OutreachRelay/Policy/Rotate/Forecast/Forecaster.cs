using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>Gathers what a forecast is made of: the configuration in force, and counters, senders and queue as they are on disk. Memory is left alone.</summary>
public sealed class Forecaster(IStore store, RelayState relay, TimeProvider time)
{
    private const int PageSize = 1000;

    // A sender's local date may be the day before, and a day's counters are kept for one more.
    private const int DaysBefore = 2;

    /// <param name="perDay">First mails that each direction is assumed to bring every day.</param>
    public async Task<ForecastRun> BeginAsync(long perDay, CancellationToken cancel)
    {
        var (model, now) = (relay.Model, time.GetUtcNow());
        var ledger = new BudgetLedger();
        ledger.Publish(await store.ReadCountersAsync(DateOnly.FromDateTime(now.UtcDateTime).AddDays(-DaysBefore), cancel));
        ledger.Load(await store.ReadSendersAsync(cancel));
        return new ForecastRun(model, ledger, new RotationClock(time), now, await CountAsync(cancel), perDay);
    }

    private async Task<Dictionary<WaitingMail, long>> CountAsync(CancellationToken cancel)
    {
        var counts = new Dictionary<WaitingMail, long>();
        var filter = new EntryFilter { States = [EntryState.Queued], Limit = PageSize };
        while (true)
        {
            var page = await store.ListAsync(filter, cancel);
            // A repetition uses no second unit.
            foreach (var entry in page.Entries.Where(static entry => entry.Rank != EntryRank.Tried))
            {
                var mail = Kind(entry);
                counts[mail] = counts.GetValueOrDefault(mail) + 1;
            }
            if (page.Next is not { } next)
                return counts;
            filter = filter with { After = next };
        }
    }

    private static WaitingMail Kind(QueueEntry entry) => new(
        entry.Client, entry.Direction, entry.Sender, entry.UnitDate, Date(entry.NotBefore ?? entry.CreatedAt), Date(entry.ExpiresAt),
        entry.Rank <= EntryRank.FollowUpLow);

    private static DateOnly Date(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}
