using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Chooses among candidates and collects the units that one write takes. The counters change only with <see cref="Take"/>.</summary>
internal sealed class BudgetClaims(CounterTable counters)
{
    private readonly Dictionary<CounterKey, long> _own = [];

    private enum Verdict
    {
        Room,
        Full,
        Stale,
    }

    /// <summary>The counters that were full or higher than expected.</summary>
    internal HashSet<CounterKey> Refused { get; } = [];

    internal IEnumerable<CounterKey> Taken => _own.Keys;

    /// <summary>Books units that this write gives back before it takes others.</summary>
    internal void GiveBack(ImmutableArray<CounterKey> keys)
    {
        foreach (var key in keys)
            Book(key, -1);
    }

    /// <summary>Takes the first candidate whose claims all have room.</summary>
    /// <returns><see langword="null"/>: none has room, or the best one is refused only because memory was behind, which is no reason to take a worse one.</returns>
    internal SenderCandidate? Choose(ImmutableArray<SenderCandidate> candidates, int units)
    {
        foreach (var candidate in candidates)
        {
            switch (Judge(candidate.Claims, units))
            {
                case Verdict.Room:
                    foreach (var claim in candidate.Claims)
                        Book(claim.Key, units);
                    return candidate;
                case Verdict.Stale:
                    return null;
            }
        }
        return null;
    }

    /// <summary>Takes one unit of every claim at once, or of none.</summary>
    internal bool TryTake(ImmutableArray<CounterClaim> claims)
    {
        if (Judge(claims, 1) != Verdict.Room)
            return false;
        foreach (var claim in claims)
            counters.Add(claim.Key, 1);
        return true;
    }

    internal void Take()
    {
        foreach (var (key, units) in _own)
            counters.Add(key, units);
    }

    // What this write itself has booked counts against the limit, but is no news to the one who ranked.
    private Verdict Judge(ImmutableArray<CounterClaim> claims, int units)
    {
        var verdict = Verdict.Room;
        foreach (var (key, limit, expected) in claims)
        {
            var stored = counters.Get(key);
            var full = stored + _own.GetValueOrDefault(key) + units > limit;
            var stale = stored > expected;
            if (full || stale)
                Refused.Add(key);
            if (full)
                verdict = Verdict.Full;
            else if (stale && verdict == Verdict.Room)
                verdict = Verdict.Stale;
        }
        return verdict;
    }

    private void Book(CounterKey key, long units) => _own[key] = _own.GetValueOrDefault(key) + units;
}
