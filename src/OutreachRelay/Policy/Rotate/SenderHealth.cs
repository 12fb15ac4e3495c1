using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>What became of an operator's wish.</summary>
public enum HealthChange
{
    /// <summary>It is in force and on disk.</summary>
    Kept,

    /// <summary>It is in force, but not on disk: the store does not take it yet, and a restart before it does would forget it.</summary>
    NotKeptYet,

    /// <summary>The configuration has neither a sender nor a sender domain of that name.</summary>
    Unknown,
}

/// <summary>Pauses senders and sender domains for what becomes of their mail, or because the operator says so, and lets them return.</summary>
/// <remarks>
/// A change counts in memory at once, under the ledger's lock. It is then told, so that waiting mail moves or leaves, and kept: the store is
/// offered the latest condition of a name until it has taken it, one name after the other.
/// </remarks>
/// <param name="changed">Called when senders may do less or more than before; outside of the lock.</param>
public sealed partial class SenderHealth(
    RelayState relay, IStore store, BudgetLedger ledger, Rotation rotation, Action changed, TimeProvider time, ILogger<SenderHealth> logger)
{
    private readonly SemaphoreSlim _keeping = new(1, 1);
    private readonly HashSet<string> _unkept = [];

    // Belongs to the ledger's lock. The oldest first.
    private readonly List<SenderPause> _pauses = [];

    /// <summary>Told of each sender or domain that the operator resumes. Set once, before any is.</summary>
    public Action<string> Resumed { get; set; } = static _ => { };

    /// <summary>Judges every sender on what was counted before the start, and from now on each as its outcomes are counted. Called once, when the ledger is loaded.</summary>
    public void Start()
    {
        foreach (var key in relay.Model.Senders.Keys)
            Observe(key);
        ledger.OutcomesCounted += names =>
        {
            foreach (var name in names)
                Observe(name);
        };
    }

    /// <summary>Judges a sender and its domain anew: their counters have changed. Does nothing for a name that is no sender's. Returns at once.</summary>
    public void Observe(string senderKey)
    {
        var model = relay.Model;
        Verdict? own, domain;
        lock (ledger.Gate)
        {
            if (rotation.MemberNeedsLock(model, senderKey) is not { } member)
                return;
            own = JudgeNeedsLock(new HealthSubject(ledger, member.State, member.Today(time.GetUtcNow())), member.Pool.Health);
            domain = JudgeNeedsLock(DomainNeedsLock(member.Model.RegisteredDomain), member.Pool.Health);
        }
        Tell(own);
        Tell(domain);
    }

    /// <summary>Ends pauses whose time is over, and offers the store what it has not taken. Called about once a second; returns at once.</summary>
    public void Tick()
    {
        var (model, now) = (relay.Model, time.GetUtcNow());
        var over = new List<string>();
        lock (ledger.Gate)
        {
            foreach (var sender in model.Senders.Values)
            {
                var state = ledger.Senders.Get(sender.Key, sender.RegisteredDomain);
                if (HealthRule.IsOver(state.Condition, now) || HealthRule.IsOver(state.Domain.Condition, now))
                    over.Add(sender.Key);
            }
        }
        over.ForEach(Observe);
        string[] unkept;
        lock (_unkept)
        {
            unkept = [.. _unkept];
            _unkept.Clear();
        }
        foreach (var name in unkept)
            _ = KeepAsync(name);
    }

    /// <summary>The operator stops a sender, or all senders of a domain.</summary>
    /// <param name="name">A sender's key, or a domain in A-labels and lower case.</param>
    /// <param name="until"><see langword="null"/>: until it is resumed.</param>
    /// <param name="who">Kept with the pause, and logged.</param>
    public Task<HealthChange> PauseAsync(string name, DateTimeOffset? until, string reason, string who) => ActAsync(
        name, (subject, now) => HealthRule.PauseByOperator(subject.Condition, new OperatorPause(now, until, reason, who)),
        () => Log.PausedByOperator(logger, name, who, Until(until), reason));

    /// <summary>The operator lets a sender or domain send again, whoever had paused it: what was before does not count any more.</summary>
    public Task<HealthChange> ResumeAsync(string name, string who) => ActAsync(
        name, static (subject, now) => HealthRule.Resume(subject.Samples()[0].Begin(subject.Today), now), () =>
        {
            Log.Resumed(logger, name, who);
            Resumed(name);
        });

    /// <summary>No upstream takes the mail of a sender, or of a domain: it is paused until one may. Returns at once.</summary>
    /// <param name="reason">For people; holds no remote text.</param>
    public void Refuse(string name, DateTimeOffset until, string reason)
    {
        Verdict? verdict;
        lock (ledger.Gate)
        {
            if (FindNeedsLock(relay.Model, name) is not { } subject)
                return;
            var next = HealthRule.Refuse(subject.Condition, until, reason, time.GetUtcNow());
            verdict = ReferenceEquals(next, subject.Condition) ? null : TakeNeedsLock(subject, next);
        }
        Tell(verdict);
    }

    /// <summary>How many senders, or sender domains, are in each status; the index is the status's number.</summary>
    public int[] Count(bool domains)
    {
        var model = relay.Model;
        var counts = new int[Enum.GetValues<SenderStatus>().Length];
        var seen = new HashSet<string>();
        lock (ledger.Gate)
        {
            foreach (var state in model.Senders.Values.Select(sender => ledger.Senders.Get(sender.Key, sender.RegisteredDomain)))
            {
                if (!domains)
                    counts[(int)state.Status]++;
                else if (seen.Add(state.Domain.Name))
                    counts[(int)state.Domain.Condition.Effective]++;
            }
        }
        return counts;
    }

    /// <summary>
    /// The cause is found to be another's than the senders': what they have shown so far does not count, and those that were paused for it since
    /// <paramref name="since"/> may send.
    /// </summary>
    public void Spare(PoolModel pool, DateTimeOffset since)
    {
        var (model, now, spared) = (relay.Model, time.GetUtcNow(), new List<Verdict>());
        lock (ledger.Gate)
        {
            _pauses.RemoveAll(pause => pause.Pool == pool.Name);
            var members = pool.Senders.Select(sender => rotation.MemberNeedsLock(model, sender.Key)!).ToList();
            var subjects = members.Select(member => new HealthSubject(ledger, member.State, member.Today(now)))
                .Concat(members.Select(static member => member.Model.RegisteredDomain).Distinct().Select(DomainNeedsLock));
            foreach (var (subject, days) in subjects.Select(static subject => (subject, subject.Samples())).Where(static pair => pair.Item2.Any(static day => day.Bad > 0)))
                spared.Add(TakeNeedsLock(subject, HealthRule.Spare(subject.Condition, days[0].Begin(subject.Today), since, now)));
        }
        spared.ForEach(Tell);
    }

    /// <summary>How many senders of a pool were paused for their outcomes since a time.</summary>
    internal int CountPausesNeedsLock(string pool, DateTimeOffset since)
    {
        _pauses.RemoveAll(pause => pause.At < since);
        return _pauses.Count(pause => pause.Pool == pool);
    }

    /// <summary>Offers the store the condition of a name.</summary>
    internal void Keep(string name) => _ = KeepAsync(name);

    private async Task<HealthChange> ActAsync(string name, Func<HealthSubject, DateTimeOffset, SenderCondition> act, Action tell)
    {
        var model = relay.Model;
        Verdict verdict;
        lock (ledger.Gate)
        {
            if (FindNeedsLock(model, name) is not { } subject)
                return HealthChange.Unknown;
            verdict = TakeNeedsLock(subject, act(subject, time.GetUtcNow()));
        }
        tell();
        return await SpreadAsync(verdict) ? HealthChange.Kept : HealthChange.NotKeptYet;
    }

    private HealthSubject? FindNeedsLock(RelayModel model, string name)
    {
        if (rotation.MemberNeedsLock(model, name) is { } member)
            return new HealthSubject(ledger, member.State, member.Today(time.GetUtcNow()));
        return model.Senders.Values.Any(sender => sender.RegisteredDomain == name) ? DomainNeedsLock(name) : null;
    }

    private HealthSubject DomainNeedsLock(string name) => new(ledger, ledger.Senders.GetDomain(name), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));

    private Verdict? JudgeNeedsLock(HealthSubject subject, HealthModel ofSender)
    {
        // Nearly always: a delivery of a sender whose mail goes well.
        if (subject.IsSpotless)
            return null;
        var health = subject.IsDomain ? HealthRule.OfDomain(ofSender) : ofSender;
        var next = HealthRule.Next(subject.Condition, subject.Samples(), subject.Today, health, time.GetUtcNow());
        return ReferenceEquals(next, subject.Condition) ? null : TakeNeedsLock(subject, next);
    }

    private Verdict TakeNeedsLock(HealthSubject subject, SenderCondition next)
    {
        var before = subject.Condition;
        subject.Take(next);
        if (!subject.IsDomain && next is { Status: SenderStatus.Paused, IsRefused: false } && before.Status != SenderStatus.Paused)
            _pauses.Add(new SenderPause(time.GetUtcNow(), relay.Model.Senders[subject.Name].Pool));
        return new Verdict(subject.Name, subject.IsDomain, before, next);
    }

    private void Tell(Verdict? verdict)
    {
        if (verdict is null)
            return;
        var (name, _, before, after) = verdict;
        if (before.Operator is not null && after.Operator is null)
            Log.OperatorsPauseEnded(logger, name);
        if (after.Status == SenderStatus.Paused && before.Status != SenderStatus.Paused)
            Log.Paused(logger, name, Until(after.Until), after.Reason);
        else if (after.Status != before.Status)
            Log.Changed(logger, name, after.Status, before.Status, after.Reason);
        _ = SpreadAsync(verdict);
    }

    private Task<bool> SpreadAsync(Verdict verdict)
    {
        var (name, isDomain, before, after) = verdict;
        HealthMetrics.Changed(isDomain, before, after);
        // A trial that only takes its samples to another day changes nothing for anybody.
        if (after.Status != before.Status || after.Operator != before.Operator)
            changed();
        return KeepAsync(name);
    }

    // One at a time, so that what is on disk at the end is what was true at the end.
    private async Task<bool> KeepAsync(string name)
    {
        await _keeping.WaitAsync();
        try
        {
            if (await store.SaveConditionAsync(name, ConditionOf(name)))
                return true;
        }
        catch (Exception e)
        {
            Log.KeepingBroke(logger, e, name);
        }
        finally
        {
            _keeping.Release();
        }
        lock (_unkept)
            _unkept.Add(name);
        return false;
    }

    private SenderCondition ConditionOf(string name)
    {
        lock (ledger.Gate)
            return ledger.Senders.Find(name)?.Condition ?? ledger.Senders.GetDomain(name).Condition;
    }

    private static string Until(DateTimeOffset? until) =>
        until is { } time ? string.Create(CultureInfo.InvariantCulture, $"until {time:u}") : "until it is resumed";

    private readonly record struct SenderPause(DateTimeOffset At, string Pool);

    private sealed record Verdict(string Name, bool IsDomain, SenderCondition Before, SenderCondition After);

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Warning, "{Sender} is paused {Until}: {Reason}")]
        public static partial void Paused(ILogger logger, string sender, string until, string reason);

        [LoggerMessage(4001, LogLevel.Information, "{Sender} is now {Status}, was {Before}: {Reason}")]
        public static partial void Changed(ILogger logger, string sender, SenderStatus status, SenderStatus before, string reason);

        [LoggerMessage(4002, LogLevel.Warning, "{Sender} is paused by {Who} {Until}: {Reason}")]
        public static partial void PausedByOperator(ILogger logger, string sender, string who, string until, string reason);

        [LoggerMessage(4003, LogLevel.Information, "{Sender} is no longer paused by the operator: its time is over")]
        public static partial void OperatorsPauseEnded(ILogger logger, string sender);

        [LoggerMessage(4004, LogLevel.Information, "{Sender} is resumed by {Who}: samples count from now on")]
        public static partial void Resumed(ILogger logger, string sender, string who);

        [LoggerMessage(4005, LogLevel.Error, "The condition of {Sender} could not be kept; trying again")]
        public static partial void KeepingBroke(ILogger logger, Exception e, string sender);
    }
}
