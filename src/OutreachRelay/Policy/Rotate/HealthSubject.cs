using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>A sender or a sender domain, as health looks at it.</summary>
/// <remarks>Not thread-safe: callers hold the ledger's lock.</remarks>
internal sealed class HealthSubject
{
    private readonly BudgetLedger _ledger;
    private readonly SenderState? _sender;
    private readonly DomainState _domain;

    /// <param name="today">The sender's local date.</param>
    public HealthSubject(BudgetLedger ledger, SenderState sender, DateOnly today) => (_ledger, _sender, _domain, Today) = (ledger, sender, sender.Domain, today);

    /// <param name="today">The date in UTC: a domain's senders may be in several time zones.</param>
    public HealthSubject(BudgetLedger ledger, DomainState domain, DateOnly today) => (_ledger, _domain, Today) = (ledger, domain, today);

    public string Name => _sender?.Key ?? _domain.Name;

    public bool IsDomain => _sender is null;

    public DateOnly Today { get; }

    public SenderCondition Condition => _sender?.Condition ?? _domain.Condition;

    /// <summary>Nothing bad was ever counted of it, and it is in no other condition than healthy: whatever else is counted, it stays so.</summary>
    public bool IsSpotless => Condition is { Status: SenderStatus.Healthy, Operator: null }
        && !_ledger.HasUnitsNeedsLock(CounterScope.BadOutcomes, Name) && !_ledger.HasUnitsNeedsLock(CounterScope.Complaints, Name);

    /// <summary>What became of its mail, from today backwards.</summary>
    public HealthSamples[] Samples()
    {
        var outcomes = _ledger.GetNeedsLock(CounterScope.Outcomes, Name);
        var bad = _ledger.GetNeedsLock(CounterScope.BadOutcomes, Name);
        var complaints = _ledger.GetNeedsLock(CounterScope.Complaints, Name);
        var days = new HealthSamples[HealthSamples.Days];
        for (var ago = 0; ago < days.Length; ago++)
        {
            var date = Today.AddDays(-ago);
            days[ago] = new HealthSamples(outcomes.Taken(date), bad.Taken(date), complaints.Taken(date));
        }
        return days;
    }

    /// <summary>Puts a condition in force. Rankings are told: what it allows may be more than they believe.</summary>
    public void Take(SenderCondition condition)
    {
        if (_sender is not null)
            _sender.Condition = condition;
        else
            _domain.Condition = condition;
        foreach (var state in _sender is not null ? [_sender] : _domain.Senders)
            _ledger.Senders.Improved(state);
    }
}
