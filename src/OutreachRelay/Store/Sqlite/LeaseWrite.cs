namespace OutreachRelay.Store.Sqlite;

/// <summary>Takes an entry for one attempt.</summary>
internal sealed class LeaseWrite(LeaseRequest request, string node) : Write<LeaseResult>
{
    private LeaseResult _result;
    private EntryState _before;
    private bool _unitWasUsed;

    internal override int Size => request.Frozen.Length;

    internal override bool Begins => true;

    internal override void Apply(WriteSession session)
    {
        _result = default;
        if (!session.Entries.TryReadHead(request.EntryId, out var entry)
            || entry.State is not (EntryState.Queued or EntryState.InDoubt)
            || entry.Epoch != request.Epoch
            || entry.ExpiresAt <= session.Now)
        {
            _result = new LeaseResult(LeaseOutcome.Gone, entry.Epoch, 0);
            return;
        }
        var upstream = session.Names.Intern(request.Upstream);
        if (session.Holds.Forbids(entry.Id, upstream))
        {
            _result = new LeaseResult(LeaseOutcome.Gone, entry.Epoch, 0);
            return;
        }
        var budget = new BudgetClaims(session.Counters);
        if (!budget.TryTake(request.Claims))
        {
            _result = new LeaseResult(LeaseOutcome.Full, entry.Epoch, 0);
            return;
        }
        (_before, _unitWasUsed) = (entry.State, entry.UnitUsed);
        UseUnit(session, entry);
        var frozen = entry.Leases == 0 ? request.Frozen.Span : [];
        session.History.StartAttempt(
            request, entry.Leases + 1, session.Names.Intern(node), upstream, session.Names.Intern(request.Credential), session.Now, frozen);
        session.Entries.Lease(entry.Id, upstream, session.Now + (long)request.Duration.TotalMilliseconds, usesUnit: request.Sent is not null);
        if (entry is { Sticky: true, Leases: 0 })
            session.Entries.RaiseNext(entry.Id);
        session.Move(entry.State, EntryState.Leased);
        _result = new LeaseResult(LeaseOutcome.Leased, entry.Epoch + 1, entry.Leases + 1);
    }

    internal override void Publish(WriteSession session) => Complete(_result);

    internal override void Refuse(StoreHealth health) => Complete(new LeaseResult(LeaseOutcome.Unavailable, 0, 0));

    // The asker was told that it has no lease, so nothing was sent: without this the entry would wait in doubt for nothing.
    internal override void Reconcile(WriteSession session)
    {
        if (_result.Outcome != LeaseOutcome.Leased
            || !session.Entries.TryReadHead(request.EntryId, out var entry)
            || entry.State != EntryState.Leased
            || entry.Epoch != _result.Epoch)
            return;
        session.History.UndoAttempt(entry.Id, entry.Leases);
        session.Entries.UndoLease(entry.Id, _before, session.Now, _unitWasUsed);
        if (request.Sent is { } mark && !_unitWasUsed)
            session.Counters.Add(mark.Counter, -1);
        foreach (var claim in request.Claims)
            session.Counters.Add(claim.Key, -1);
        session.Move(entry.State, _before);
    }

    private void UseUnit(WriteSession session, in EntryHead entry)
    {
        if (request.Sent is not { } mark)
            return;
        if (!entry.UnitUsed)
            session.Counters.Add(mark.Counter, 1);
        session.Senders.NoteSent(session.Names.Intern(mark.Counter.Name), session.Now, mark.Resumed);
    }
}

/// <summary>Moves the end of a running lease.</summary>
internal sealed class RenewWrite(long entryId, int epoch, TimeSpan duration) : Write<bool>
{
    private bool _renewed;

    internal override void Apply(WriteSession session) =>
        _renewed = session.Entries.Renew(entryId, epoch, session.Now + (long)duration.TotalMilliseconds);

    internal override void Publish(WriteSession session) => Complete(_renewed);

    internal override void Refuse(StoreHealth health) => Complete(false);
}
