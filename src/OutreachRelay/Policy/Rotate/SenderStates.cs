using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>The states of all senders and sender domains, and which of them have lately become better than a ranking may believe.</summary>
/// <remarks>Not thread-safe: callers hold the ledger's lock.</remarks>
internal sealed class SenderStates(BudgetLedger ledger)
{
    private const int Kept = 4096;

    private readonly Dictionary<string, SenderState> _senders = [];
    private readonly Dictionary<string, DomainState> _domains = [];
    private readonly Dictionary<string, SenderRecord> _records = [];
    private readonly SenderState[] _improved = new SenderState[Kept];

    /// <summary>Counts improvements: rankings remember how far they have followed.</summary>
    public long Improvements { get; private set; }

    public SenderState Get(string key, string domain)
    {
        if (_senders.TryGetValue(key, out var state))
            return state;
        var home = GetDomain(domain);
        state = new SenderState(key, ledger.GetNeedsLock(CounterScope.Sender, key), ledger.GetNeedsLock(CounterScope.Sent, key), home);
        home.Senders.Add(state);
        if (_records.Remove(key, out var record))
            Take(state, record);
        return _senders[key] = state;
    }

    public SenderState? Find(string key) => _senders.GetValueOrDefault(key);

    public DomainState GetDomain(string name)
    {
        if (!_domains.TryGetValue(name, out var domain))
        {
            _domains[name] = domain = new DomainState(name, ledger.GetNeedsLock(CounterScope.Domain, name));
            if (_records.Remove(name, out var record) && record.Condition is { } condition)
                domain.Condition = condition;
        }
        return domain;
    }

    /// <summary>Keeps what the store has of a sender or domain until somebody asks for it: only a configuration tells which of the two it is.</summary>
    public void Load(SenderRecord record) => _records[record.Name] = record;

    /// <summary>Notes that a sender may be able to send more, or sooner, than before.</summary>
    public void Improved(SenderState state) => _improved[Improvements++ % Kept] = state;

    /// <summary>The improvements after the first <paramref name="seen"/>, or <see langword="null"/> when they are too many to be remembered.</summary>
    public IEnumerable<SenderState>? ImprovedSince(long seen)
    {
        if (Improvements - seen > Kept)
            return null;
        return Enumerate(seen);
    }

    private static void Take(SenderState state, SenderRecord record)
    {
        state.Condition = record.Condition ?? SenderCondition.Healthy;
        state.Resumed = record.Resumed;
        state.LastSent = record.LastSent;
        state.LastUse = record.LastSent?.ToUnixTimeMilliseconds() ?? 0;
        // Counters tell the local date of the last days; before that a day more or less does not matter.
        var counted = state.Sent.LastDate;
        state.LastDate = counted > DateOnly.MinValue || record.LastSent is not { } last ? counted : DateOnly.FromDateTime(last.UtcDateTime);
    }

    private IEnumerable<SenderState> Enumerate(long seen)
    {
        for (; seen < Improvements; seen++)
            yield return _improved[seen % Kept];
    }
}
