using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Reads due entries from the store into the schedule, lane by lane, when their senders' gates are open and there is room. Sleeps until the next one is due; never polls.</summary>
/// <remarks>What cannot simply be sent is put right here: it gets another sender, another date, or waits for the operator.</remarks>
public sealed partial class QueueFeed(
    IStore store, Schedule schedule, RelayState relay, Rotation rotation, DueEntries due, TimeProvider time, ILogger<QueueFeed> logger)
{
    // Entries that were tried before, at once.
    private const int MostTried = 16;

    // Entries read beyond what is wanted, so that one that is left alone does not hide the next.
    private const int Spare = 4;

    // Entries that move up at once.
    private const int MostPulled = 64;

    // How far ahead mail is looked for that could be sent today.
    private static readonly TimeSpan PullHorizon = TimeSpan.FromDays(62);

    // How long reading rests after it failed.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // How long an entry rests that could not be put right.
    private static readonly TimeSpan StuckRest = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await schedule.WaitForFeedAsync(await ReadWantedAsync(cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e);
                schedule.Rescan();
                await Task.Delay(Rest, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads every lane from which entries may leave now.</summary>
    /// <returns>When there may be others, if nothing happens before.</returns>
    public async Task<DateTimeOffset> ReadWantedAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (schedule.TakeStale())
                schedule.AddLanes(await store.ReadLanesAsync(cancel));
            if (schedule.NextRead(out var next) is not { } read)
                return next;
            await ReadAsync(read, cancel);
        }
    }

    private async Task ReadAsync(LaneRead read, CancellationToken cancel)
    {
        var (model, now) = (relay.Model, time.GetUtcNow());
        var ready = ImmutableArray.CreateBuilder<QueueEntry>();
        DateTimeOffset? nextTried = null, nextUntried = null;
        if (read.Tried)
        {
            var page = await store.ReadLaneAsync(read.Lane.Key, EntryRank.Tried, EntryRank.Tried, now, MostTried + read.Held.Length, cancel);
            nextTried = await SortAsync(model, read, page, ready, MostTried, now);
        }
        if (read is { Untried: > 0, IsAway: true })
        {
            // Follow-ups wait for a paused sender, however many they are; its first mails move at once.
            var followUp = await ReadUntriedAsync(model, read, EntryRank.FollowUpHigh, EntryRank.FollowUpLow, ready, now, cancel);
            var first = await ReadUntriedAsync(model, read, EntryRank.FirstHigh, EntryRank.FirstLow, ready, now, cancel);
            nextUntried = followUp < first ? followUp : first;
        }
        else if (read.Untried > 0)
            nextUntried = await ReadUntriedAsync(model, read, EntryRank.FollowUpHigh, EntryRank.FirstLow, ready, now, cancel);
        if (read.Pull && await PullAsync(model, read, now, cancel))
            nextUntried = now;
        schedule.AddPage(read, ready.ToImmutable(), nextTried, nextUntried);
    }

    /// <returns>When the store's next entry of these ranks is due.</returns>
    private async Task<DateTimeOffset> ReadUntriedAsync(
        RelayModel model, LaneRead read, EntryRank from, EntryRank to, ImmutableArray<QueueEntry>.Builder ready, DateTimeOffset now, CancellationToken cancel)
    {
        var page = await store.ReadLaneAsync(read.Lane.Key, from, to, now, read.Untried + read.Held.Length + Spare, cancel);
        return await SortAsync(model, read, page, ready, read.Untried, now);
    }

    /// <returns>When the store's next entry of the page's kind is due.</returns>
    private async Task<DateTimeOffset> SortAsync(
        RelayModel model, LaneRead read, LanePage page, ImmutableArray<QueueEntry>.Builder ready, int wanted, DateTimeOffset now)
    {
        var next = page.NextDue ?? DateTimeOffset.MaxValue;
        var (isStuck, moved, taken) = (false, false, 0);
        foreach (var entry in page.Entries)
        {
            if (read.Held.Contains(entry.Id))
                continue;
            if (taken == wanted)
                return now;
            var decision = DueDecision.Decide(entry, model, rotation.Standing(model, entry.Sender), now);
            if (decision.Action == DueAction.Send)
            {
                ready.Add(entry);
                taken++;
            }
            else if (await due.ApplyAsync(decision, model, entry) is { } changed)
            {
                schedule.Expect(changed);
                moved = true;
                // Now that it may leave, nothing behind it goes first.
                if (changed.State == EntryState.Queued && changed.Due <= now)
                    break;
            }
            else
                isStuck = true;
        }
        if (moved || (page.HasMore && taken > 0))
            return now;
        // What was left alone is looked at again after a while.
        return (isStuck || page.HasMore) && now + StuckRest < next ? now + StuckRest : next;
    }

    // Mail of a later date moves up when its sender has room today: a limit was raised, or a unit came back.
    private async Task<bool> PullAsync(RelayModel model, LaneRead read, DateTimeOffset now, CancellationToken cancel)
    {
        var page = await store.ReadLaneAsync(
            read.Lane.Key, EntryRank.FollowUpHigh, EntryRank.FirstLow, now + PullHorizon, MostPulled + read.Held.Length, cancel);
        var pulled = false;
        foreach (var entry in page.Entries.Where(entry => entry.Due > now && !(entry.NotBefore > now)))
        {
            // The next one has no better chance.
            if (!await due.MoveUpAsync(model, entry))
                return pulled;
            pulled = true;
        }
        return pulled;
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Error, "Reading due entries failed; trying again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
