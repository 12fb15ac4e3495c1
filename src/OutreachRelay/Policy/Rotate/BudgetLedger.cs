using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>All counters in memory. The disk decides; this is what rankings are made on, and it is told of every commit in commit order.</summary>
public sealed class BudgetLedger
{
    private readonly Dictionary<(CounterScope, string), BudgetCounter> _counters = [];

    public BudgetLedger() => Senders = new SenderStates(this);

    internal Lock Gate { get; } = new();

    /// <summary>The states of senders; belongs to <see cref="Gate"/>.</summary>
    internal SenderStates Senders { get; }

    /// <summary>Told of the senders, sender domains and directions of whose outcomes more are known; outside of the lock, on the thread that publishes. Set when all is loaded.</summary>
    internal Action<IReadOnlyCollection<string>>? OutcomesCounted { get; set; }

    /// <summary>Takes over values that are on disk. Called by the store after each commit, in the order of the commits.</summary>
    public void Publish(IReadOnlyList<CounterValue> values)
    {
        HashSet<string>? judged = null;
        lock (Gate)
        {
            foreach (var (key, used) in values)
            {
                if (GetNeedsLock(key.Scope, key.Name).Publish(key.Date, used))
                    NoteLessNeedsLock(key);
                if (key.Scope >= CounterScope.Outcomes)
                    (judged ??= []).Add(key.Name);
            }
        }
        if (judged is not null)
            OutcomesCounted?.Invoke(judged);
    }

    /// <summary>Takes over what the store keeps of senders.</summary>
    public void Load(IReadOnlyList<SenderRecord> records)
    {
        lock (Gate)
        {
            foreach (var record in records)
                Senders.Load(record);
        }
    }

    /// <summary>What is taken of a counter, running accepts included.</summary>
    public long Taken(CounterKey key)
    {
        lock (Gate)
            return GetNeedsLock(key.Scope, key.Name).Taken(key.Date);
    }

    /// <summary>Drops what lies before a date, so that memory does not grow with the days. Outcomes are kept for the days that health looks at, a month while it lasts.</summary>
    public void ForgetBefore(DateOnly date)
    {
        lock (Gate)
        {
            foreach (var counter in _counters.Values)
            {
                counter.ForgetBefore(counter.Scope switch
                {
                    CounterScope.UpstreamMonth => BudgetKeys.FirstOfMonth(date),
                    >= CounterScope.Outcomes => date.AddDays(-OutcomeDays),
                    _ => date,
                });
            }
        }
    }

    /// <summary>How many days of outcomes are looked at beside today's and yesterday's.</summary>
    internal const int OutcomeDays = 7;

    internal BudgetCounter GetNeedsLock(CounterScope scope, string name)
    {
        if (!_counters.TryGetValue((scope, name), out var counter))
            _counters[(scope, name)] = counter = new BudgetCounter(scope, name);
        return counter;
    }

    /// <summary>Whether a counter holds units of any date that is remembered.</summary>
    internal bool HasUnitsNeedsLock(CounterScope scope, string name) => _counters.TryGetValue((scope, name), out var counter) && counter.HasUnits;

    // A unit that comes back may open a date again: for its sender, or for all of its domain.
    private void NoteLessNeedsLock(CounterKey key)
    {
        if (key.Scope == CounterScope.Sender && Senders.Find(key.Name) is { } sender)
            Senders.Improved(sender);
        else if (key.Scope == CounterScope.Domain)
        {
            foreach (var member in Senders.GetDomain(key.Name).Senders)
                Senders.Improved(member);
        }
    }
}
