using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Makes room in a sender's day: the last first mail that holds one of its units gives way to a follow-up, or to mail that has waited longer.</summary>
public sealed class DayRoom(IStore store, Rotation rotation)
{
    /// <summary>Told of each entry that gave way. Set once, before any does.</summary>
    public Action<QueueEntry> Yielded { get; set; } = static _ => { };

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
        foreach (var crowded in Crowding(model, entry))
        {
            if (await YieldAsync(model, entry.Client, crowded, last => YieldsTo(entry, last)))
                return true;
        }
        return false;
    }

    /// <summary>Whether mail that holds a unit of its sender's date would give way to an entry.</summary>
    public async ValueTask<bool> MayMakeAsync(RelayModel model, QueueEntry entry, DateOnly date) =>
        await FindLastAsync(model, entry.Client, entry.Sender!, date) is { } last && YieldsTo(entry, last);

    private static bool YieldsTo(QueueEntry entry, QueueEntry last) => last.Rank > entry.Rank || (last.Rank == entry.Rank && last.Id > entry.Id);

    private ImmutableArray<CrowdedSender> Crowding(RelayModel model, QueueEntry entry)
    {
        using var plan = rotation.Plan(DueEntries.Request(model, entry, entry.Sender), conflicts: int.MaxValue);
        return plan.Crowded;
    }

    private async ValueTask<bool> YieldAsync(RelayModel model, string client, CrowdedSender crowded, Func<QueueEntry, bool> mayYield)
    {
        var last = await FindLastAsync(model, client, crowded.Sender, crowded.Date);
        if (last is null || !mayYield(last) || rotation.StartOf(model, crowded.Sender, crowded.Date.AddDays(1)) is not { } nextDay)
            return false;
        var request = DueEntries.Request(model, last, last.Sender);
        using var plan = rotation.Plan(request with { NotBefore = nextDay > request.NotBefore ? nextDay : request.NotBefore }, conflicts: int.MaxValue);
        // No later day has room either: it loses its unit all the same, and takes that of a later arrival when its day comes.
        var candidates = plan.Groups is [{ Candidates: [{ Date: not null }, ..] found }] ? found : [new SenderCandidate(crowded.Sender, null, nextDay, [])];
        var action = new EntryAction(EntryActionKind.Redate, [last.Id], "relay", "it makes room for a follow-up", other => BudgetKeys.Of(other, model.RegisteredDomains))
        {
            Candidates = candidates,
        };
        if ((await store.ApplyAsync(action))[0] is not { Outcome: ActionOutcome.Done, Entry: { } moved })
            return false;
        Yielded(moved);
        return true;
    }

    // The last first mail of the client that holds a unit of a sender's date, in whichever direction.
    private async ValueTask<QueueEntry?> FindLastAsync(RelayModel model, string client, string sender, DateOnly date)
    {
        QueueEntry? last = null;
        foreach (var direction in model.Clients[client].Directions.Values)
        {
            if (model.Senders[sender].Pool != direction.Pool.Name)
                continue;
            foreach (var entry in await store.ReadLatestAsync(new LaneKey(client, direction.Name, sender), date, 1, CancellationToken.None))
                last = last is null || (entry.Rank, entry.Id).CompareTo((last.Rank, last.Id)) > 0 ? entry : last;
        }
        return last;
    }
}
