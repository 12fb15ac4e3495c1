namespace OutreachRelay.Store.Sqlite;

/// <summary>Holds a scope, or says anew why and until when.</summary>
internal sealed class HoldWrite(HoldScope scope, DateTimeOffset? until, string who, string reason) : Write<QueueHold?>
{
    private QueueHold? _hold;
    private long? _added;

    internal override void Apply(WriteSession session)
    {
        var ends = until?.ToUnixTimeMilliseconds();
        if (session.Holds.Find(scope, session.Names) is var (id, since))
        {
            session.Holds.Change(id, ends, who, reason);
            _added = null;
        }
        else
        {
            _added = id = session.Holds.Add(scope, session.Names, session.Now, ends, who, reason);
            since = session.Now;
        }
        _hold = new QueueHold(id, scope, EntryReader.Time(since), until is { } time ? EntryReader.Kept(time) : null, who, reason);
    }

    internal override void Publish(WriteSession session) => Complete(_hold);

    internal override void Refuse(StoreHealth health) => Complete(null);

    // The asker was told that there is none, and would never release it.
    internal override void Reconcile(WriteSession session)
    {
        if (_added is { } id)
            session.Holds.Delete(id);
    }
}

/// <summary>Ends holds.</summary>
internal sealed class EndHoldsWrite(IReadOnlyList<long> ids) : Write<bool>
{
    internal override void Apply(WriteSession session)
    {
        foreach (var id in ids)
            session.Holds.Delete(id);
    }

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}
