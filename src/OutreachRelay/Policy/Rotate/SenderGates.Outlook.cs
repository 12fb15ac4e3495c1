using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>When a mail's turn at its sender's gate comes.</summary>
/// <param name="Earliest">If each mail before it goes as soon as it may; <see langword="null"/> when no time is known.</param>
/// <param name="Before">What goes before it, in that order.</param>
public readonly record struct GateOutlook(DateTimeOffset? Earliest, ImmutableArray<QueueEntry> Before);

// What the gates will do, told by the same arithmetic by which they do it.
public sealed partial class SenderGates
{
    // As far ahead as mail may be scheduled, and a little more.
    private static readonly TimeSpan OutlookHorizon = TimeSpan.FromDays(64);

    /// <summary>When an entry without an attempt may pass its sender's gate. Changes nothing but what asking changes.</summary>
    /// <param name="others">The other entries without an attempt of its lane.</param>
    public GateOutlook Foresee(RelayModel model, QueueEntry entry, IEnumerable<QueueEntry> others)
    {
        lock (ledger.Gate)
        {
            var now = clock.NowNeedsLock();
            if (entry.Sender is not { } sender || rotation.MemberNeedsLock(model, sender) is not { } member)
                return new GateOutlook(Later(now.Wall, entry.Due), []);
            var answer = Ask(model, sender);
            if (IsPaced(member.Pool))
                DrawNeedsLock(member, now, member.Today(now.Wall));
            var isKnown = answer.State != GateState.Busy && answer.Until < DateTimeOffset.MaxValue;
            var start = answer.State == GateState.Paused && isKnown ? Later(now.Wall, answer.Until) : now.Wall;
            var outlook = WalkNeedsLock(new GateWalk(member, now, start), entry, others);
            return isKnown ? outlook : outlook with { Earliest = null };
        }
    }

    /// <summary>When an entry that was tried before may pass its sender's gate.</summary>
    public DateTimeOffset ForeseeRetry(RelayModel model, QueueEntry entry)
    {
        lock (ledger.Gate)
        {
            var now = clock.NowNeedsLock();
            var from = Later(now.Wall, entry.Due);
            return entry.Sender is { } sender && rotation.MemberNeedsLock(model, sender) is { } member
                ? OpenTimeNeedsLock(new GateWalk(member, now, from))
                : from;
        }
    }

    /// <summary>When the first of a direction's paused senders may return; <see langword="null"/> when no time is known.</summary>
    public DateTimeOffset? NextReturn(RelayModel model, DirectionModel direction)
    {
        lock (ledger.Gate)
        {
            return rotation.PoolNeedsLock(direction).Members
                .Where(static member => member.State.IsPaused)
                .Select(member => (DateTimeOffset?)Ask(model, member.Model.Key).Until)
                .Where(static until => until < DateTimeOffset.MaxValue).Min();
        }
    }

    private GateOutlook WalkNeedsLock(GateWalk walk, QueueEntry entry, IEnumerable<QueueEntry> others)
    {
        List<QueueEntry> waiting = [.. others.Append(entry).OrderBy(other => other.Rank).ThenBy(other => other.Due).ThenBy(other => other.Id)];
        var before = ImmutableArray.CreateBuilder<QueueEntry>();
        while (walk.At < walk.Now.Wall + OutlookHorizon)
        {
            OpenNeedsLock(walk);
            var next = waiting.FindIndex(other => other.Due <= walk.At);
            if (next < 0)
            {
                walk.At = waiting.Min(other => other.Due);
                continue;
            }
            if (waiting[next].Id == entry.Id)
                return new GateOutlook(walk.At, before.ToImmutable());
            before.Add(waiting[next]);
            waiting.RemoveAt(next);
            SendNeedsLock(walk);
        }
        return new GateOutlook(null, before.ToImmutable());
    }

    // Moves on to the next moment at which the gate is open.
    private void OpenNeedsLock(GateWalk walk)
    {
        var (member, state) = (walk.Member, walk.Member.State);
        while (walk.At < walk.Now.Wall + OutlookHorizon)
        {
            var at = walk.At;
            walk.At = OpenTimeNeedsLock(walk);
            var date = DateOf(walk);
            if (date != walk.Date)
                (walk.Date, walk.Sent, walk.IsDrawn) = (date, 0, false);
            if (state.Sent.Taken(date) + walk.Sent >= SenderCap.Of(member.Model, state, date, date))
                walk.At = NextDay(member, date);
            else if (IsPaced(member.Pool))
                walk.At = Later(walk.At, PacedNeedsLock(walk, date));
            if (walk.At == at)
                return;
        }
    }

    // The gap that the gate keeps, and where mail is spread the date's first opening.
    private DateTimeOffset PacedNeedsLock(GateWalk walk, DateOnly date)
    {
        if (walk.Opens == DateTimeOffset.MinValue)
            walk.Opens = walk.Now.ToWall(walk.Member.State.NextOpen);
        if (!walk.IsDrawn && walk.Member.Pool.Spread && date > walk.LastDate && FirstOpening(walk.Member, date) is { } first)
            walk.Opens = Later(walk.Opens, first);
        walk.IsDrawn = true;
        return walk.Opens;
    }

    // What NoteSent does, for a mail that leaves at the walk's time.
    private void SendNeedsLock(GateWalk walk)
    {
        walk.Sent++;
        walk.LastDate = walk.Date;
        walk.CountHour();
        if (IsPaced(walk.Member.Pool))
        {
            var sent = walk.Member.State.Sent.Taken(walk.Date) + walk.Sent;
            walk.Opens = NextOpening(walk.Member, new Instant(walk.At, walk.At), walk.At, walk.Date, sent);
        }
    }

    // Window and hour.
    private DateTimeOffset OpenTimeNeedsLock(GateWalk walk)
    {
        var at = walk.Member.Model.Calendar.NextOpen(walk.At);
        while (walk.Member.Pool.DomainHourlyLimit is { } limit)
        {
            var key = BudgetKeys.DomainHour(walk.Member.Model.RegisteredDomain, at);
            if (ledger.GetNeedsLock(key.Scope, key.Name).Taken(key.Date) + walk.InHour(at) < limit)
                break;
            at = walk.Member.Model.Calendar.NextOpen(BudgetKeys.NextHour(at));
        }
        return at;
    }

    private static DateOnly DateOf(GateWalk walk)
    {
        var (date, today) = (walk.Member.Day.DateOf(walk.At), walk.Member.Today(walk.Now.Wall));
        return date > today ? date : today;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    // Where a look ahead has come to.
    private sealed class GateWalk(PoolMember member, Instant now, DateTimeOffset at)
    {
        private DateTimeOffset _hour;
        private int _inHour;

        public PoolMember Member { get; } = member;
        public Instant Now { get; } = now;
        public DateTimeOffset At { get; set; } = at;
        public DateOnly Date { get; set; }

        // Mails of the date that have left on the way.
        public long Sent { get; set; }

        public DateOnly LastDate { get; set; } = member.State.LastDate;
        public DateTimeOffset Opens { get; set; }
        public bool IsDrawn { get; set; }

        public void CountHour()
        {
            var hour = BudgetKeys.NextHour(At);
            (_hour, _inHour) = (hour, hour == _hour ? _inHour + 1 : 1);
        }

        public int InHour(DateTimeOffset at) => BudgetKeys.NextHour(at) == _hour ? _inHour : 0;
    }
}
