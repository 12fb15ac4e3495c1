using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Why a sender may not send now.</summary>
public enum GateState
{
    Open,

    /// <summary>It has just sent, or its next mail is spread over what is left of the window.</summary>
    Gap,

    /// <summary>Its window is closed.</summary>
    Window,

    /// <summary>Today's limit is used up.</summary>
    DailyLimit,

    /// <summary>The hour's limit of its domain is used up.</summary>
    HourlyLimit,

    /// <summary>It, or its domain, is paused.</summary>
    Paused,

    /// <summary>A mail of it is on its way.</summary>
    Busy,
}

/// <param name="Until">When to ask again; <see cref="DateTimeOffset.MaxValue"/> when no time is known.</param>
public readonly record struct GateAnswer(GateState State, DateTimeOffset Until)
{
    public bool IsOpen => State == GateState.Open;
}

/// <summary>What a lease uses up, and notes of the sender.</summary>
public readonly record struct LeaseTerms(System.Collections.Immutable.ImmutableArray<CounterClaim> Claims, SentMark? Sent);

/// <summary>When senders may send: each has a gate that opens in its window, a gap after its last mail, or spread over the day.</summary>
/// <param name="seed">Jitter is a function of it, the sender, the date and the mail's number: the same in each run of a test, and after a restart.</param>
public sealed partial class SenderGates(BudgetLedger ledger, Rotation rotation, RotationClock clock, ulong seed)
{
    /// <summary>Whether the sender's next untried mail may leave now. If so it goes through the gate, which is closed behind it until <see cref="Return"/>.</summary>
    public GateAnswer TryTake(RelayModel model, string senderKey)
    {
        lock (ledger.Gate)
        {
            var answer = Ask(model, senderKey);
            if (answer.IsOpen && ledger.Senders.Find(senderKey) is { } state)
                state.Outstanding++;
            return answer;
        }
    }

    /// <summary>Whether the sender's next untried mail may leave now.</summary>
    public GateAnswer Ask(RelayModel model, string senderKey)
    {
        lock (ledger.Gate)
        {
            if (rotation.MemberNeedsLock(model, senderKey) is not { } member)
                return new GateAnswer(GateState.Open, default);
            var now = clock.NowNeedsLock();
            var state = member.State;
            if (state.IsPaused)
                return new GateAnswer(GateState.Paused, state.PausedUntil);
            var today = member.Today(now.Wall);
            if (state.Sent.Taken(today) >= SenderCap.Of(member.Model, state, today, today))
                return new GateAnswer(GateState.DailyLimit, NextDay(member, today));
            var answer = AskTimeNeedsLock(member, now);
            if (!answer.IsOpen || !IsPaced(member.Pool))
                return answer;
            if (state.Outstanding > 0)
                return new GateAnswer(GateState.Busy, DateTimeOffset.MaxValue);
            DrawNeedsLock(member, now, today);
            var opens = now.ToWall(state.NextOpen);
            return opens > now.Wall ? new GateAnswer(GateState.Gap, member.Model.Calendar.NextOpen(opens)) : answer;
        }
    }

    /// <summary>Whether a mail that was tried before may be tried again: no gap keeps it waiting, but its window and its domain's hour do.</summary>
    public GateAnswer AskRetry(RelayModel model, string senderKey)
    {
        lock (ledger.Gate)
        {
            return rotation.MemberNeedsLock(model, senderKey) is { } member
                ? AskTimeNeedsLock(member, clock.NowNeedsLock())
                : new GateAnswer(GateState.Open, default);
        }
    }

    /// <summary>Whether only one mail of the sender goes at a time.</summary>
    public static bool IsPaced(PoolModel pool) => pool.Gap > TimeSpan.Zero || pool.Spread;

    /// <summary>The mail has left, or is back in the queue.</summary>
    public void Return(string senderKey)
    {
        lock (ledger.Gate)
        {
            if (ledger.Senders.Find(senderKey) is { Outstanding: > 0 } state)
                state.Outstanding--;
        }
    }

    /// <summary>What the lease of an entry uses up.</summary>
    public LeaseTerms Terms(RelayModel model, QueueEntry entry)
    {
        if (entry is not { Sender: { } senderKey, UnitDate: { } date })
            return new LeaseTerms([], null);
        lock (ledger.Gate)
        {
            var counter = new CounterKey(CounterScope.Sent, senderKey, date);
            if (rotation.MemberNeedsLock(model, senderKey) is not { } member)
                return new LeaseTerms([], new SentMark(counter, null));
            var resumed = member.Model.Warmup is { } warmup && member.State.LastDate < date ? SenderCap.Resumed(warmup, member.State, date) : null;
            var mark = new SentMark(counter, resumed == date ? resumed : null);
            return member.Pool.DomainHourlyLimit is { } limit
                ? new LeaseTerms([new CounterClaim(BudgetKeys.DomainHour(member.Model.RegisteredDomain, clock.NowNeedsLock().Wall), limit, long.MaxValue)], mark)
                : new LeaseTerms([], mark);
        }
    }

    /// <summary>An attempt of the sender's mail has begun: its gate opens again after the gap.</summary>
    public void NoteSent(RelayModel model, QueueEntry entry, SentMark mark)
    {
        lock (ledger.Gate)
        {
            if (rotation.MemberNeedsLock(model, mark.Counter.Name) is not { } member)
                return;
            var (state, now) = (member.State, clock.NowNeedsLock());
            state.LastSent = now.Wall;
            state.Resumed = mark.Resumed ?? state.Resumed;
            if (mark.Counter.Date > state.LastDate)
                state.LastDate = mark.Counter.Date;
            // A repetition is not held to the gap, and holds up nothing.
            if (!entry.UnitUsed && IsPaced(member.Pool))
                state.NextOpen = NextOpening(member, now, now.Steady, member.Today(now.Wall));
        }
    }

    private GateAnswer AskTimeNeedsLock(PoolMember member, Instant now)
    {
        var opens = member.Model.Calendar.NextOpen(now.Wall);
        if (opens > now.Wall)
            return new GateAnswer(GateState.Window, opens);
        if (member.Pool.DomainHourlyLimit is { } limit)
        {
            var key = BudgetKeys.DomainHour(member.Model.RegisteredDomain, now.Wall);
            if (ledger.GetNeedsLock(key.Scope, key.Name).Taken(key.Date) >= limit)
                return new GateAnswer(GateState.HourlyLimit, BudgetKeys.NextHour(now.Wall));
        }
        return new GateAnswer(GateState.Open, now.Wall);
    }

    // Where mail is spread, the senders of a window do not all begin with it. And a restart does not open what had just closed.
    private void DrawNeedsLock(PoolMember member, Instant now, DateOnly today)
    {
        var state = member.State;
        if (state.NextOpen == DateTimeOffset.MinValue && state.LastSent is { } last && now.Wall - last is var ago && ago >= TimeSpan.Zero && ago.TotalDays < 1)
            state.NextOpen = NextOpening(member, new Instant(last, now.Steady - ago), now.Steady - ago, today);
        if (!member.Pool.Spread || state.DrawnFor == today)
            return;
        state.DrawnFor = today;
        if (state.LastDate >= today || FirstOpening(member, today) is not { } begins)
            return;
        var opens = now.Steady + (begins - now.Wall);
        if (opens > state.NextOpen)
            state.NextOpen = opens;
    }

    // Where a date's mail is spread: when the first of it leaves.
    private DateTimeOffset? FirstOpening(PoolMember member, DateOnly date)
    {
        if (member.Model.Calendar.FirstOpen(date) is not { } first)
            return null;
        var cap = SenderCap.Of(member.Model, member.State, date, date);
        return first + (Pace.MeanInterval(TimeSpan.Zero, true, member.Model.Calendar.OpenLeft(first), cap) * Chance(member.State.Key, date, 0));
    }

    private DateTimeOffset NextOpening(PoolMember member, Instant at, DateTimeOffset last, DateOnly today) =>
        NextOpening(member, at, last, today, member.State.Sent.Taken(today));

    private DateTimeOffset NextOpening(PoolMember member, Instant at, DateTimeOffset last, DateOnly today, long sent)
    {
        var left = SenderCap.Of(member.Model, member.State, today, today) - sent;
        return Pace.NextSend(
            last, member.Pool.Gap / member.State.HealthFactor, member.Pool.Spread, member.Model.Calendar.OpenLeft(at.Wall), left,
            Chance(member.State.Key, today, sent));
    }

    private static DateTimeOffset NextDay(PoolMember member, DateOnly today)
    {
        var next = member.Day.Start(today.AddDays(1));
        return member.Model.Calendar.NextOpen(next);
    }

    private double Chance(string key, DateOnly date, long number) => SenderDraw.Of(seed, key, date, number);
}
