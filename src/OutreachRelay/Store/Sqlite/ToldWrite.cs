using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Begins to keep until which event a client was told.</summary>
internal sealed class OpenToldWrite(string client, ToldBy way) : Write<long?>
{
    private long _event;

    internal override void Apply(WriteSession session) => _event = session.Told.Open(session.Names.Intern(client), way);

    internal override void Publish(WriteSession session) => Complete(_event);

    internal override void Refuse(StoreHealth health) => Complete(null);
}

/// <summary>Keeps until which event a client was told; without one that is forgotten.</summary>
internal sealed class SaveToldWrite(string client, ToldBy way, long? eventId) : Write<bool>
{
    internal override void Apply(WriteSession session)
    {
        var id = session.Names.Intern(client);
        if (eventId is { } until)
            session.Told.Save(id, way, until);
        else
            session.Told.Close(id, way);
    }

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}

/// <summary>Gives up events of a client, and goes on behind them.</summary>
internal sealed class GiveUpWrite(string client, long after, long last, int events, string reason) : Write<bool>
{
    internal override void Apply(WriteSession session)
    {
        var id = session.Names.Intern(client);
        session.Told.GiveUp(id, after, last, events, session.Now, reason);
        session.Told.Save(id, ToldBy.Hook, last);
    }

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}

/// <summary>Changes what was given up.</summary>
internal sealed class UntoldWrite(UntoldChange change) : Write<ImmutableArray<long>?>
{
    private ImmutableArray<long> _changed = [];

    internal override void Apply(WriteSession session)
    {
        var there = session.Told.ListUntold();
        _changed = [.. change.Ids.IsEmpty ? there : there.Intersect(change.Ids)];
        foreach (var id in _changed)
            Change(session, id);
    }

    internal override void Publish(WriteSession session) => Complete(_changed);

    internal override void Refuse(StoreHealth health) => Complete(null);

    private void Change(WriteSession session, long id)
    {
        switch (change)
        {
            case UntoldChange.Again:
                session.Told.Again(id);
                break;
            case UntoldChange.Drop:
                session.Told.Drop(id);
                break;
            case UntoldChange.Advance advance:
                session.Told.Advance(id, advance.Until);
                break;
            case UntoldChange.Fail fail:
                session.Told.Fail(id, session.Now, fail.Reason);
                break;
        }
    }
}
