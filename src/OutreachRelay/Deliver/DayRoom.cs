using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Makes room in a sender's day: the last first mail that holds one of its units gives way to a follow-up, or to mail that has waited longer.</summary>
public sealed class DayRoom(IStore store, Rotation rotation)
{
    /// <summary>Makes room for a follow-up that is being accepted.</summary>
    /// <returns>Whether a unit has come free.</returns>
    public async ValueTask<bool> MakeAsync(RelayModel model, string client, CrowdedSender crowded)
    {
        var freed = 0;
        while (freed < crowded.Missing && await YieldAsync(model, client, crowded, static _ => true))
            freed++;
        return freed > 0;
    }

    /// <summary>Makes room for an entry of an earlier date, before later mail of the same rank or below.</summary>
    /// <returns>Whether a unit has come free.</returns>
    public async ValueTask<bool> MakeAsync(RelayModel model, QueueEntry entry)
    {
        if (Crowding(model, entry) is not { } crowded)
            return false;
        return await YieldAsync(model, entry.Client, crowded, last => last.Rank > entry.Rank || (last.Rank == entry.Rank && last.Id > entry.Id));
    }

    private CrowdedSender? Crowding(RelayModel model, QueueEntry entry)
    {
        using var plan = rotation.Plan(DueEntries.Request(model, entry, entry.Sender), conflicts: int.MaxValue);
        return plan.Crowded is [var crowded, ..] ? crowded : null;
    }

    private async ValueTask<bool> YieldAsync(RelayModel model, string client, CrowdedSender crowded, Func<QueueEntry, bool> mayYield)
    {
        QueueEntry? last = null;
        foreach (var direction in model.Clients[client].Directions.Values)
        {
            if (model.Senders[crowded.Sender].Pool != direction.Pool.Name)
                continue;
            var lane = new LaneKey(client, direction.Name, crowded.Sender);
            foreach (var entry in await store.ReadLatestAsync(lane, crowded.Date, 1, CancellationToken.None))
                last = last is null || (entry.Rank, entry.Id).CompareTo((last.Rank, last.Id)) > 0 ? entry : last;
        }
        if (last is null || !mayYield(last) || rotation.NextDay(model, crowded.Sender) is not { } nextDay)
            return false;
        var request = DueEntries.Request(model, last, last.Sender);
        using var plan = rotation.Plan(request with { NotBefore = nextDay > request.NotBefore ? nextDay : request.NotBefore }, conflicts: int.MaxValue);
        if (plan.Groups is not [{ Candidates: [{ Date: not null }, ..] candidates }])
            return false;
        var action = new EntryAction(EntryActionKind.Redate, [last.Id], "relay", "it makes room for a follow-up", BudgetKeys.Of) { Candidates = candidates };
        return (await store.ApplyAsync(action))[0].Outcome == ActionOutcome.Done;
    }
}
