using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>All counters in memory. The disk decides; this is what rankings are made on, and it is told of every commit in commit order.</summary>
public sealed class BudgetLedger
{
    private readonly Dictionary<(CounterScope, string), BudgetCounter> _counters = [];

    internal Lock Gate { get; } = new();

    /// <summary>Takes over values that are on disk. Called by the store after each commit, in the order of the commits.</summary>
    public void Publish(IReadOnlyList<CounterValue> values)
    {
        lock (Gate)
        {
            foreach (var (key, used) in values)
                GetNeedsLock(key.Scope, key.Name).Publish(key.Date, used);
        }
    }

    /// <summary>What is taken of a counter, running accepts included.</summary>
    public long Taken(CounterKey key)
    {
        lock (Gate)
            return GetNeedsLock(key.Scope, key.Name).Taken(key.Date);
    }

    /// <summary>Drops what lies before a date, so that memory does not grow with the days.</summary>
    public void ForgetBefore(DateOnly date)
    {
        lock (Gate)
        {
            foreach (var counter in _counters.Values)
                counter.ForgetBefore(date);
        }
    }

    internal BudgetCounter GetNeedsLock(CounterScope scope, string name)
    {
        if (!_counters.TryGetValue((scope, name), out var counter))
            _counters[(scope, name)] = counter = new BudgetCounter(scope, name);
        return counter;
    }
}
