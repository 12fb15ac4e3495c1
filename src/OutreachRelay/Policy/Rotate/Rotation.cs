using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Proposes senders for a message; the accept transaction decides.</summary>
/// <remarks>
/// A recipient that is bound to a sender keeps it, on whatever day that sender has room. Recipients without one share the least used sender
/// with room on the earliest day. The choice is made and counted under one lock, so that parallel messages do not choose the same unit.
/// </remarks>
public sealed class Rotation(BudgetLedger ledger, AssignmentCache assignments, TimeProvider time)
{
    private const int CandidatesPerGroup = 3;

    // How far parallel accepts may overtake one another before a ranking counts as stale.
    private const int Slack = 16;

    // After this many conflicts the limits alone decide: fairness yields to progress.
    private const int RankedTries = 3;

    private readonly ConditionalWeakTable<PoolModel, PoolRotation> _pools = [];
    private readonly Dictionary<string, LocalDay> _days = [];
    private long _uses;

    /// <summary>Proposes senders for the recipients of one message.</summary>
    /// <param name="conflicts">How often the store has already answered with a conflict.</param>
    /// <returns><see langword="null"/> when a recipient's sender has no room before the message would expire.</returns>
    public RotationPlan? Plan(RotationRequest request, int conflicts)
    {
        var direction = request.Direction;
        var client = request.Model.Clients[direction.Client];
        lock (ledger.Gate)
        {
            var shared = new SharedLimits(
                direction, ledger.GetNeedsLock(CounterScope.Direction, BudgetKeys.DirectionName(direction.Client, direction.Name)), direction.DailyLimit ?? long.MaxValue,
                ledger.GetNeedsLock(CounterScope.Client, client.Name), client.DailyLimit ?? long.MaxValue);
            var planning = new Planning(request, shared, conflicts < RankedTries ? Slack : int.MaxValue);
            foreach (var (pool, sender, drafts) in Group(request, client))
            {
                if (!AddNeedsLock(planning, pool, sender, drafts))
                {
                    new RotationPlan(ledger, [], planning.Pending).Dispose();
                    return null;
                }
            }
            return new RotationPlan(ledger, planning.Groups.ToImmutable(), planning.Pending);
        }
    }

    /// <summary>A sender's local date; <see langword="null"/> when the model does not have the sender.</summary>
    public DateOnly? Today(RelayModel model, string? senderKey)
    {
        if (senderKey is null || !model.Senders.TryGetValue(senderKey, out var sender))
            return null;
        lock (ledger.Gate)
            return GetDay(sender.TimeZone).Date(time.GetUtcNow());
    }

    /// <summary>Whether a sender may carry mail of a client: it is in the pool of one of the client's directions.</summary>
    public static bool IsOf(RelayModel model, ClientModel client, string senderKey) =>
        model.Senders.TryGetValue(senderKey, out var sender) && client.Directions.Values.Any(direction => direction.Pool.Name == sender.Pool);

    // Recipients that are bound to a sender go to it; all others form one group.
    private List<(PoolModel Pool, string? Sender, List<EntryDraft> Drafts)> Group(RotationRequest request, ClientModel client)
    {
        var (model, direction) = (request.Model, request.Direction);
        var sticky = request.Only is null && direction.Pool.Sticky == Stickiness.Recipient;
        var groups = new List<(PoolModel Pool, string? Sender, List<EntryDraft> Drafts)>(1);
        foreach (var recipient in request.Recipients)
        {
            var known = sticky ? assignments.Find(client.Name, recipient.Key) : null;
            var sender = request.Only ?? (known is not null && IsOf(model, client, known) ? known : null);
            var pool = sender is null ? direction.Pool : model.Pools[model.Senders[sender].Pool];
            var draft = new EntryDraft(recipient.Address, recipient.Key, recipient.Digest, sticky, known);
            var index = groups.FindIndex(group => group.Sender == sender);
            if (index >= 0)
                groups[index].Drafts.Add(draft);
            else
                groups.Add((pool, sender, [draft]));
        }
        return groups;
    }

    private bool AddNeedsLock(Planning planning, PoolModel pool, string? sender, List<EntryDraft> drafts)
    {
        var rotation = _pools.GetValue(pool, model => new PoolRotation(model, ledger, GetDay));
        Span<PoolRotation.RankedSender> ranking = new PoolRotation.RankedSender[CandidatesPerGroup];
        var found = RankNeedsLock(planning, rotation, sender, drafts.Count, ranking);
        if (found == 0 && drafts.Count > 1)
        {
            // No sender has room for all of them: rather two senders than none.
            return drafts.TrueForAll(draft => AddNeedsLock(planning, pool, sender, [draft]));
        }
        if (found == 0)
            return false;
        ranking = ranking[..found];
        var candidates = ImmutableArray.CreateBuilder<SenderCandidate>(found);
        foreach (var ranked in ranking)
        {
            candidates.Add(new SenderCandidate(
                ranked.Member.Model.Key, ranked.Date, ranked.Due, rotation.Claims(ranked, planning.Shared, planning.Slack)));
        }
        planning.Groups.Add(new EntryGroup(candidates.MoveToImmutable(), [.. drafts], ranking[0].Due));
        Take(planning, ranking[0], drafts.Count);
        return true;
    }

    private int RankNeedsLock(
        Planning planning, PoolRotation rotation, string? sender, int units, Span<PoolRotation.RankedSender> ranking)
    {
        var now = time.GetUtcNow();
        if (sender is null && planning.Request.Preferred is { } preferred
            && rotation.Rank(units, preferred, planning.Shared, now, planning.Request.Expires, ranking) > 0 && ranking[0].Due <= now)
            return 1;
        return rotation.Rank(units, sender, planning.Shared, now, planning.Request.Expires, ranking);
    }

    // The best candidate is the one the store will take, so its units count from now on.
    private void Take(Planning planning, PoolRotation.RankedSender chosen, int units)
    {
        chosen.Member.Sender.LastUse = ++_uses;
        foreach (var counter in (ReadOnlySpan<BudgetCounter>)
            [chosen.Member.Sender, chosen.Member.Domain, planning.Shared.Direction, planning.Shared.Client])
        {
            counter.AddPending(chosen.Date, units);
            planning.Pending.Add((counter, chosen.Date, units));
        }
    }

    private LocalDay GetDay(TimeZoneInfo zone)
    {
        if (!_days.TryGetValue(zone.Id, out var day))
            _days[zone.Id] = day = new LocalDay(zone);
        return day;
    }

    private sealed record Planning(RotationRequest Request, SharedLimits Shared, int Slack)
    {
        public ImmutableArray<EntryGroup>.Builder Groups { get; } = ImmutableArray.CreateBuilder<EntryGroup>(1);

        public List<(BudgetCounter Counter, DateOnly Date, int Units)> Pending { get; } = new(4);
    }
}
