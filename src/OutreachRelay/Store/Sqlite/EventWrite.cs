using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Records what was heard of mails, and what that makes of their entries.</summary>
internal sealed class EventWrite(ImmutableArray<OutcomeEvent> events, Func<QueueEntry, OutcomeEvent, OutcomeRuling> judge)
    : Write<ImmutableArray<RecordedEvent>?>
{
    private ImmutableArray<RecordedEvent> _recorded = [];

    internal override int Size => events.Length * 512;

    internal override void Apply(WriteSession session)
    {
        var recorded = ImmutableArray.CreateBuilder<RecordedEvent>(events.Length);
        foreach (var heard in events)
            recorded.Add(Record(session, heard));
        _recorded = recorded.MoveToImmutable();
    }

    internal override void Publish(WriteSession session) => Complete(_recorded);

    internal override void Refuse(StoreHealth health) => Complete(null);

    private RecordedEvent Record(WriteSession session, OutcomeEvent heard)
    {
        var key = EventTable.KeyOf(heard);
        if (session.Events.IsKnown(key, out var known))
            return new RecordedEvent(heard, RecordedAs.Repetition, known == 0 ? null : session.Entries.Read(known, session.Names));
        var id = session.Events.FindEntry(heard, KeyOf(heard.Recipient));
        // A sent id outlives its entry.
        var entry = id == 0 ? null : session.Rule(id, heard, judge);
        // Anybody may send a mail as if one came back. It has no id of a provider's, by which its entry could be found later, so it takes no place from those that have.
        if (entry is null && heard.Upstream is null)
            return new RecordedEvent(heard, RecordedAs.Unmatched, null);
        if (!session.Events.TryAdd(heard, key, entry?.Id ?? 0, session.Now))
            return new RecordedEvent(heard, RecordedAs.Refused, null);
        if (entry is not null && heard.ProviderId is { Length: > 0 and <= 512 } provider)
            session.History.AddProviderId(provider, entry.Id);
        return new RecordedEvent(heard, entry is null ? RecordedAs.Unmatched : RecordedAs.News, entry);
    }

    private static string? KeyOf(string? recipient) =>
        recipient is not null && Mailbox.TryParse(recipient, out var mailbox, out _) ? mailbox.Key : null;
}

/// <summary>Looks again for the entries of events that belonged to none.</summary>
internal sealed class MatchWrite(int limit, Func<QueueEntry, OutcomeEvent, OutcomeRuling> judge) : Write<ImmutableArray<RecordedEvent>>
{
    private ImmutableArray<RecordedEvent> _matched = [];

    internal override void Apply(WriteSession session)
    {
        var matched = ImmutableArray.CreateBuilder<RecordedEvent>();
        foreach (var (id, heard) in session.Events.NextLoose(limit))
        {
            if (session.Events.FindByProviderId(heard.ProviderId!) is not (> 0 and var entryId) || session.Rule(entryId, heard, judge) is not { } entry)
                continue;
            session.Events.Attach(id, entryId);
            matched.Add(new RecordedEvent(heard, RecordedAs.News, entry));
        }
        _matched = matched.DrainToImmutable();
    }

    internal override void Publish(WriteSession session) => Complete(_matched);

    internal override void Refuse(StoreHealth health) => Complete([]);
}

/// <summary>Removes events that have belonged to no entry for long.</summary>
internal sealed class DropUnmatchedWrite(TimeSpan unmatched, TimeSpan unknown, int limit) : Write<int>
{
    private int _dropped;

    internal override void Apply(WriteSession session) => _dropped = session.Events.DropLoose(
        session.Now - (long)unknown.TotalMilliseconds, session.Now - (long)unmatched.TotalMilliseconds, limit);

    internal override void Publish(WriteSession session) => Complete(_dropped);

    internal override void Refuse(StoreHealth health) => Complete(0);
}
