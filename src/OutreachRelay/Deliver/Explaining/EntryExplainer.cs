using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Explaining;

/// <summary>Tells why mail is not leaving: asks the parts that decide, and changes nothing.</summary>
public sealed class EntryExplainer(
    IStore store, Schedule schedule, Rotation rotation, SenderGates gates, SenderLineup lineup, DayRoom room, SuppressionBook suppressions,
    RelayState relay, TimeProvider time)
{
    // Mail before an entry that is looked at; beyond it no time is told.
    private const int MostBefore = 500;

    // Opened again and again, it is not to fill the screen.
    private const int MostHeard = 10;

    // Days on which mail that would give way is looked for.
    private const int MostDaysAhead = 7;

    /// <summary>Explains entries of one message.</summary>
    public async Task<ImmutableArray<Explanation>> ExplainAsync(IReadOnlyList<QueueEntry> entries, CancellationToken cancel)
    {
        var model = relay.Model;
        var direction = entries.FirstOrDefault(static entry => entry.State < EntryState.Relayed) is { } waiting ? model.FindDirection(waiting.Client, waiting.Direction) : null;
        var candidates = direction is null ? [] : lineup.Count(model, direction);
        var explanations = ImmutableArray.CreateBuilder<Explanation>(entries.Count);
        foreach (var entry in entries)
            explanations.Add(await ExplainAsync(model, entry, candidates, cancel));
        return explanations.MoveToImmutable();
    }

    private async Task<Explanation> ExplainAsync(RelayModel model, QueueEntry entry, ImmutableArray<ObstacleCount> candidates, CancellationToken cancel)
    {
        var events = await store.ReadEventsAsync(entry.Id, cancel);
        var isUnfinished = entry.State < EntryState.Relayed;
        var message = isUnfinished ? (await store.LoadAsync(entry.Id, cancel))?.Message : null;
        var facts = new WaitFacts
        {
            Entry = entry,
            Model = model,
            Now = time.GetUtcNow(),
            Store = store.Health,
            Standing = rotation.Standing(model, entry.Sender),
            Scope = schedule.Holds.Find(entry),
            Hold = events.LastOrDefault(static done => done.Kind == StoreEventKind.Hold),
            Drop = events.LastOrDefault(static done => done.Kind == StoreEventKind.Drop),
            Suppression = isUnfinished ? await suppressions.FindAsync(entry, cancel) : null,
        };
        if (isUnfinished && model.FindDirection(entry.Client, entry.Direction) is { } direction)
            facts = await AskAsync(facts, direction, cancel);
        var waits = WaitDecision.Decide(facts);
        return new Explanation(
            entry, SenderReason.Of(entry, message, events), waits, WaitDecision.Earliest(waits), facts.Upstreams, isUnfinished ? candidates : [])
        {
            Heard = [.. events.Where(static one => one.OccurredAt is not null).TakeLast(MostHeard)],
        };
    }

    private async Task<WaitFacts> AskAsync(WaitFacts facts, DirectionModel direction, CancellationToken cancel)
    {
        var (entry, model) = (facts.Entry, facts.Model);
        var view = schedule.Look(direction, entry);
        facts = facts with
        {
            Place = view.Place,
            Upstreams = view.Upstreams,
            HasEligible = rotation.HasEligible(direction),
            NextReturn = gates.NextReturn(model, direction),
        };
        facts = facts with { NextPlace = await FindPlaceAsync(facts, direction) };
        if (entry.Sender is not { } sender || facts.Standing is null)
            return facts with { Turn = new GateOutlook(entry.Due, []) };
        var wasTried = entry.Rank == EntryRank.Tried || entry.State == EntryState.InDoubt;
        return facts with
        {
            Gate = wasTried ? gates.AskRetry(model, sender) : gates.Ask(model, sender),
            Turn = wasTried ? new GateOutlook(gates.ForeseeRetry(model, entry), []) : await ForeseeAsync(facts, view, cancel),
            Today = lineup.Find(model, direction, sender),
        };
    }

    // With its own sender, unless another is to take over. What first mails give up is room too.
    private async Task<DateTimeOffset?> FindPlaceAsync(WaitFacts facts, DirectionModel direction)
    {
        var (entry, model, standing) = (facts.Entry, facts.Model, facts.Standing);
        var stays = standing is { PausedSince: null } && Rotation.IsOf(model, model.Clients[entry.Client], entry.Sender!);
        var place = lineup.NextPlace(model, direction, stays ? entry.Sender : null, entry.NotBefore ?? DateTimeOffset.MinValue, entry.ExpiresAt);
        if (!stays || entry.Due > facts.Now || entry.UnitDate == standing!.Value.Today)
            return place;
        for (var date = standing.Value.Today; date < standing.Value.Today.AddDays(MostDaysAhead); date = date.AddDays(1))
        {
            var start = rotation.StartOf(model, entry.Sender!, date);
            if (start >= place)
                break;
            if (await room.MayMakeAsync(model, entry, date))
                return start;
        }
        return place;
    }

    private async Task<GateOutlook> ForeseeAsync(WaitFacts facts, EntryView view, CancellationToken cancel)
    {
        var entry = facts.Entry;
        var lane = new LaneKey(entry.Client, entry.Direction, entry.Sender);
        var until = entry.Due > facts.Now ? entry.Due : facts.Now;
        var page = await store.ReadLaneAsync(lane, EntryRank.FollowUpHigh, entry.Rank, until, MostBefore, cancel);
        var outlook = gates.Foresee(facts.Model, entry, page.Entries.Where(other => other.Id != entry.Id && !view.OnTheirWay.Contains(other.Id)));
        return page.HasMore ? outlook with { Earliest = null } : outlook;
    }
}
