using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <param name="Today">Its local date.</param>
/// <param name="PausedSince"><see langword="null"/> when it is not paused.</param>
/// <param name="PauseReason">For people; empty when it is not paused.</param>
public readonly record struct SenderStanding(DateOnly Today, DateTimeOffset? PausedSince, string PauseReason);

/// <summary>Proposes senders for a message; the accept transaction decides.</summary>
/// <remarks>
/// A message of a thread goes to the thread's sender, a recipient that is bound to a sender to that one, on whatever day it has room. All other
/// recipients share one sender: the emptiest that can send now, else the one that can soonest. The choice is made and counted under one lock, so
/// that parallel messages do not choose the same unit.
/// </remarks>
public sealed class Rotation
{
    private const int CandidatesPerGroup = 3;

    // How far ahead a follow-up looks for first mails that may give way.
    private const int MostCrowdedDays = 7;

    // How far parallel accepts may overtake one another before a ranking counts as stale.
    private const int Slack = 16;

    // After this many conflicts the limits alone decide: fairness yields to progress.
    private const int RankedTries = 3;

    private readonly BudgetLedger _ledger;
    private readonly AssignmentCache _assignments;
    private readonly RotationClock _clock;
    private readonly ConditionalWeakTable<DirectionModel, PoolRotation> _pools = [];
    private long _uses;

    public Rotation(BudgetLedger ledger, AssignmentCache assignments, RotationClock clock) =>
        (_ledger, _assignments, _clock) = (ledger, assignments, clock);

    /// <summary>Proposes senders for the recipients of one message.</summary>
    /// <param name="conflicts">How often the store has already answered with a conflict.</param>
    public RotationPlan Plan(RotationRequest request, int conflicts)
    {
        var direction = request.Direction;
        var client = request.Model.Clients[direction.Client];
        lock (_ledger.Gate)
        {
            var planning = new Planning(request, Shared(client, direction), _clock.NowNeedsLock(), conflicts < RankedTries ? Slack : int.MaxValue);
            foreach (var (sender, drafts) in Group(request, client))
            {
                if (!AddNeedsLock(planning, sender, drafts))
                {
                    using var nothing = new RotationPlan(_ledger, [], planning.Pending, planning.Crowded.ToImmutable());
                    return nothing;
                }
            }
            return new RotationPlan(_ledger, planning.Groups.ToImmutable(), planning.Pending, planning.Crowded.ToImmutable());
        }
    }

    /// <summary>How a sender stands; <see langword="null"/> when the model does not have it.</summary>
    public SenderStanding? Standing(RelayModel model, string? senderKey)
    {
        lock (_ledger.Gate)
        {
            if (senderKey is null || MemberNeedsLock(model, senderKey) is not { } member)
                return null;
            var (state, today) = (member.State, member.Today(_clock.NowNeedsLock().Wall));
            return state.IsPaused ? new SenderStanding(today, state.PausedSince, state.PauseReason) : new SenderStanding(today, null, "");
        }
    }

    /// <summary>When a local date of a sender begins; <see langword="null"/> when the model does not have the sender.</summary>
    public DateTimeOffset? StartOf(RelayModel model, string senderKey, DateOnly date)
    {
        lock (_ledger.Gate)
            return MemberNeedsLock(model, senderKey)?.Day.Start(date);
    }

    /// <summary>Whether a sender may carry mail of a client: it is in the pool of one of the client's directions.</summary>
    public static bool IsOf(RelayModel model, ClientModel client, string senderKey) =>
        model.Senders.TryGetValue(senderKey, out var sender) && client.Directions.Values.Any(direction => direction.Pool.Name == sender.Pool);

    /// <summary>Whether a direction has a sender that is not paused.</summary>
    public bool HasEligible(DirectionModel direction)
    {
        lock (_ledger.Gate)
            return PoolNeedsLock(direction).HasEligible;
    }

    /// <summary>Whether a sender could begin to send another mail of a direction today, by its limits and its window.</summary>
    public bool HasRoomToday(RelayModel model, DirectionModel direction, string senderKey)
    {
        lock (_ledger.Gate)
        {
            if (MemberNeedsLock(model, senderKey) is not { } member || member.State.IsPaused)
                return false;
            var now = _clock.NowNeedsLock();
            var shared = Shared(model.Clients[direction.Client], direction);
            return SenderOpening.Find(member, 1, shared, now, now.Wall, now.Wall.AddDays(1)) is { } opening && opening.Date == member.Today(now.Wall);
        }
    }

    internal PoolMember? MemberNeedsLock(RelayModel model, string senderKey) =>
        model.Senders.TryGetValue(senderKey, out var sender) && model.Pools.TryGetValue(sender.Pool, out var pool)
            ? new PoolMember(pool, sender, _ledger.Senders.Get(sender.Key, sender.RegisteredDomain), _clock.DayNeedsLock(sender.TimeZone))
            : null;

    internal PoolRotation PoolNeedsLock(DirectionModel direction) =>
        _pools.GetValue(direction, model => new PoolRotation(model, _ledger.Senders, _clock.DayNeedsLock));

    internal SharedLimits Shared(ClientModel client, DirectionModel direction) => new(
        _ledger.GetNeedsLock(CounterScope.Direction, BudgetKeys.DirectionName(direction.Client, direction.Name)), direction.DailyLimit ?? long.MaxValue,
        _ledger.GetNeedsLock(CounterScope.Client, client.Name), client.DailyLimit ?? long.MaxValue);

    // Recipients that are bound to a sender go to it; all others form one group.
    private List<(string? Sender, List<EntryDraft> Drafts)> Group(RotationRequest request, ClientModel client)
    {
        var sticky = request.Only is null && request.Direction.Pool.Sticky == Stickiness.Recipient;
        var thread = request.Only is null && request.Direction.Pool.Sticky != Stickiness.Off ? Usable(request, client, request.Thread) : null;
        var groups = new List<(string? Sender, List<EntryDraft> Drafts)>(1);
        foreach (var recipient in request.Recipients)
        {
            var known = sticky ? _assignments.Find(client.Name, recipient.Key) : null;
            var bound = Usable(request, client, known);
            var sender = request.Only ?? thread ?? bound;
            // A thread does not unbind its recipient from another sender.
            var binds = sticky && (thread is null || bound is null || bound == thread);
            var first = request.Only is null && sender is not null ? EntryRank.FollowUp : EntryRank.First;
            var draft = new EntryDraft(recipient.Address, recipient.Key, recipient.Digest, binds, known, first + (int)request.Priority);
            var index = groups.FindIndex(group => group.Sender == sender);
            if (index >= 0)
                groups[index].Drafts.Add(draft);
            else
                groups.Add((sender, [draft]));
        }
        return groups;
    }

    // A sender that is gone, switched off, or not allowed where the direction's mail leaves, binds nobody.
    private static string? Usable(RotationRequest request, ClientModel client, string? key) =>
        key is not null && key != request.Avoid && IsOf(request.Model, client, key) && request.Model.Senders[key] is { DailyLimit: > 0 } sender
        && request.Direction.CanCarry(sender)
            ? key
            : null;

    private bool AddNeedsLock(Planning planning, string? sender, List<EntryDraft> drafts)
    {
        var request = planning.Request;
        Span<RankedSender> ranking = new RankedSender[CandidatesPerGroup];
        var found = sender is null
            ? RankFreelyNeedsLock(planning, drafts.Count, ranking)
            : RankBoundNeedsLock(planning, sender, drafts.Count, ranking);
        if (found == 0 && drafts.Count > 1)
        {
            // No sender has room for all of them: rather two senders than none.
            return drafts.TrueForAll(draft => AddNeedsLock(planning, sender, [draft]));
        }
        if (found == 0)
            return AddWithoutUnitNeedsLock(planning, sender, drafts);
        ranking = ranking[..found];
        var candidates = ImmutableArray.CreateBuilder<SenderCandidate>(found);
        foreach (var (member, opening) in ranking)
        {
            var due = opening.Due > request.NotBefore ? opening.Due : request.NotBefore;
            candidates.Add(new SenderCandidate(
                member.Model.Key, opening.Date, due, member.Claims(opening.Date, planning.Shared, planning.Now, planning.Slack)));
        }
        planning.Groups.Add(new EntryGroup(candidates.MoveToImmutable(), [.. drafts], planning.Now.Wall));
        TakeNeedsLock(planning, ranking[0], drafts.Count);
        return true;
    }

    private int RankFreelyNeedsLock(Planning planning, int units, Span<RankedSender> ranking)
    {
        var (request, now) = (planning.Request, planning.Now);
        var pool = PoolNeedsLock(request.Direction);
        if (request.Preferred is { } preferred && MemberNeedsLock(request.Model, preferred) is { } author && pool.MayTake(author)
            && RankOneNeedsLock(planning, author, units, ranking) > 0 && ranking[0].Opening.Due <= now.Wall)
        {
            return 1;
        }
        return pool.Rank(units, planning.Shared, now, request.NotBefore, request.Expires - request.Reserve, ranking);
    }

    private static int RankOneNeedsLock(Planning planning, PoolMember member, int units, Span<RankedSender> ranking)
    {
        var (request, now) = (planning.Request, planning.Now);
        if (SenderOpening.Find(member, units, planning.Shared, now, request.NotBefore, request.Expires) is not { } opening)
            return 0;
        ranking[0] = new RankedSender(member, opening);
        return 1;
    }

    // Its own sender has no unit on the next days that it sends: first mails that hold one and have not left may give way, the nearest day first.
    private int RankBoundNeedsLock(Planning planning, string sender, int units, Span<RankedSender> ranking)
    {
        var member = MemberNeedsLock(planning.Request.Model, sender)!;
        var found = RankOneNeedsLock(planning, member, units, ranking);
        var (state, today) = (member.State, member.Today(planning.Now.Wall));
        var from = planning.Request.NotBefore > planning.Now.Wall ? member.Day.DateOf(planning.Request.NotBefore) : today;
        for (var date = from; date < from.AddDays(MostCrowdedDays) && (found == 0 || date < ranking[0].Opening.Date); date = date.AddDays(1))
        {
            if (state.Sent.Taken(date) >= state.Units.Taken(date) || member.Model.Calendar.NextOpen(planning.Now.Wall) >= member.Day.Start(date.AddDays(1)))
                continue;
            var free = SenderCap.Of(member.Model, state, date, today) - state.Units.Taken(date);
            planning.Crowded.Add(new CrowdedSender(sender, date, (int)Math.Max(1, units - Math.Max(0, free))));
        }
        return found;
    }

    // All senders are paused: it waits for the first that returns. Or there is no place in time, and the operator wants it accepted all the same:
    // then it expires, unless a place is found before.
    private bool AddWithoutUnitNeedsLock(Planning planning, string? sender, List<EntryDraft> drafts)
    {
        var request = planning.Request;
        if (!AcceptsWithoutSlot(request) && (sender is not null || !PoolNeedsLock(request.Direction).IsAllPaused))
            return false;
        ImmutableArray<SenderCandidate> candidates = sender is null ? [] : [new SenderCandidate(sender, null, request.Expires, [])];
        planning.Groups.Add(new EntryGroup(candidates, [.. drafts], planning.Now.Wall > request.NotBefore ? planning.Now.Wall : request.NotBefore));
        return true;
    }

    private static bool AcceptsWithoutSlot(RotationRequest request) => request.Model.Delivery.NoSlot == NoSlotAction.Accept;

    // The best candidate is the one the store will take, so its units count from now on.
    private void TakeNeedsLock(Planning planning, RankedSender chosen, int units)
    {
        var state = chosen.Member.State;
        // After a restart the order goes on where it was: uses are counted on from the time.
        state.LastUse = _uses = Math.Max(_uses + 1, planning.Now.Wall.ToUnixTimeMilliseconds());
        foreach (var counter in (ReadOnlySpan<BudgetCounter>)[state.Units, state.Domain.Units, planning.Shared.Direction, planning.Shared.Client])
        {
            counter.AddPending(chosen.Opening.Date, units);
            planning.Pending.Add((counter, chosen.Opening.Date, units));
        }
    }

    private sealed record Planning(RotationRequest Request, SharedLimits Shared, Instant Now, int Slack)
    {
        public ImmutableArray<EntryGroup>.Builder Groups { get; } = ImmutableArray.CreateBuilder<EntryGroup>(1);

        public ImmutableArray<CrowdedSender>.Builder Crowded { get; } = ImmutableArray.CreateBuilder<CrowdedSender>(0);

        public List<(BudgetCounter Counter, DateOnly Date, int Units)> Pending { get; } = new(4);
    }
}
