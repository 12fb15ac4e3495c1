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

    /// <summary>Whether there are units of any date, committed or asked for.</summary>
    public bool HasUnits => _days.Exists(static day => day.Used + day.Pending > 0);

    /// <summary>Committed units and those that running accepts have asked for.</summary>
    public long Taken(DateOnly date)
    {
        var day = _last;
        if (day is null || day.Date != date)
            day = Search(date);
        return day is null ? 0 : day.Used + day.Pending;
    }

    public void AddPending(DateOnly date, int units) => Find(date).Pending += units;

    /// <summary>Takes over what is on disk.</summary>
    /// <returns>Whether it is less than was known.</returns>
    public bool Publish(DateOnly date, long used)
    {
        var day = Find(date);
        var isLess = used < day.Used;
        day.Used = used;
        return isLess;
    }

    /// <summary>Committed units of the days from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public long Sum(DateOnly from, DateOnly to)
    {
        var sum = 0L;
        foreach (var day in _days)
            sum += day.Date >= from && day.Date <= to ? day.Used : 0;
        return sum;
    }

    /// <summary>The latest date with committed units, or <see cref="DateOnly.MinValue"/>.</summary>
    public DateOnly LastDate => _days.Where(static day => day.Used > 0).Select(static day => day.Date).DefaultIfEmpty().Max();

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
