using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>What memory knows of one counter: what is committed, and what running accepts have asked for, by date.</summary>
/// <remarks>Not thread-safe: <see cref="BudgetLedger"/> holds the lock.</remarks>
internal sealed class BudgetCounter(CounterScope scope, string name)
{
    // Today, sometimes tomorrow and yesterday: a list this short is faster searched than hashed, and mostly the last one found is meant again.
    private readonly List<Day> _days = new(1);
    private Day? _last;

    public CounterScope Scope { get; } = scope;

    public string Name { get; } = name;

    /// <summary>Grows with each choice: the least recently used sender has the lowest.</summary>
    public long LastUse { get; set; }

    /// <summary>Committed units and those that running accepts have asked for.</summary>
    public long Taken(DateOnly date)
    {
        var day = _last;
        if (day is null || day.Date != date)
            day = Search(date);
        return day is null ? 0 : day.Used + day.Pending;
    }

    public void AddPending(DateOnly date, int units) => Find(date).Pending += units;

    public void Publish(DateOnly date, long used) => Find(date).Used = used;

    /// <summary>Forgets dates that no accept can ask for again.</summary>
    public void ForgetBefore(DateOnly date)
    {
        _days.RemoveAll(day => day.Date < date && day.Pending == 0);
        _last = null;
    }

    private Day Find(DateOnly date)
    {
        if (Search(date) is { } found)
            return found;
        var added = new Day(date);
        _days.Add(added);
        return added;
    }

    private Day? Search(DateOnly date)
    {
        foreach (var day in _days)
        {
            if (day.Date == date)
                return _last = day;
        }
        return null;
    }

    private sealed class Day(DateOnly date)
    {
        public readonly DateOnly Date = date;
        public long Used;
        public int Pending;
    }
}
