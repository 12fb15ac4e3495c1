using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Ends what is past its time.</summary>
internal sealed class SweepWrite(int limit, TimeSpan inDoubtWait, string node, Func<QueueEntry, ImmutableArray<CounterKey>> giveBack)
    : Write<ImmutableArray<QueueEntry>>
{
    private ImmutableArray<QueueEntry> _changed = [];

    internal override void Apply(WriteSession session)
    {
        var leases = session.Upkeep.ExpiredLeases(session.Now, limit);
        foreach (var id in leases)
            EndLease(session, id);
        var expired = session.Upkeep.ExpiredEntries(session.Now, limit - leases.Count);
        foreach (var id in expired)
            Expire(session, id);
        _changed = [.. leases.Concat(expired).Select(id => session.Entries.Read(id, session.Names)!)];
    }

    internal override void Publish(WriteSession session) => Complete(_changed);

    internal override void Refuse(StoreHealth health) => Complete([]);

    private void EndLease(WriteSession session, long id)
    {
        var due = session.Now + (long)inDoubtWait.TotalMilliseconds;
        session.Entries.Set(id, EntryState.InDoubt, due, usedStep: true, maybeSent: true, unitsReturned: false);
        session.Move(EntryState.Leased, EntryState.InDoubt);
        session.History.AddEvent(session.Now, id, StoreEventKind.InDoubt, node, "nothing was heard of the attempt until its lease ran out");
    }

    private void Expire(WriteSession session, long id)
    {
        if (!session.Entries.TryReadHead(id, out var entry))
            return;
        session.End(entry, EntryState.Expired, giveBack);
        session.History.AddEvent(session.Now, id, StoreEventKind.Expire, node, "its time ran out");
    }
}
