using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Ends an attempt.</summary>
internal sealed class SettleWrite(Settlement settlement, string node, Func<QueueEntry, OutcomeEvent, OutcomeRuling> judge) : Write<SettleResult>
{
    private const int MostReply = 1024;

    private bool _settled;

    internal override void Apply(WriteSession session)
    {
        _settled = false;
        if (!session.Entries.TryReadHead(settlement.EntryId, out var entry)
            || entry.State is not (EntryState.Leased or EntryState.InDoubt)
            || entry.Epoch != settlement.Epoch)
            return;
        // The lease ran out before its holder could tell how it ended: the sweep has counted the step and moved the entry.
        var wasSwept = entry.State == EntryState.InDoubt;
        var state = settlement.State;
        var due = settlement.Due?.ToUnixTimeMilliseconds() ?? session.Now;
        var reply = Cut(settlement.Reply);
        session.History.EndAttempt(entry.Id, entry.Leases, session.Now, settlement.Stage, settlement.Code, reply);
        session.Entries.Set(
            entry.Id, state, due, settlement.UsedStep && !wasSwept, maybeSent: state == EntryState.InDoubt, unitsReturned: !settlement.GiveBack.IsEmpty);
        session.Move(entry.State, state);
        foreach (var key in settlement.GiveBack)
            session.Counters.Add(key, -1);
        foreach (var key in settlement.Count)
            session.Counters.Add(key, 1);
        if (state is EntryState.Relayed or EntryState.InDoubt)
            AddSentIds(session, entry.Id);
        if (state == EntryState.InDoubt)
            session.History.AddEvent(session.Now, entry.Id, StoreEventKind.InDoubt, node, reply);
        if (settlement.Suppress is { } suppress)
            SuppressWrite.Apply(session, suppress);
        if (state >= EntryState.Relayed)
            session.Finish(entry);
        if (state == EntryState.Failed)
            session.History.AddEvent(session.Now, entry.Id, StoreEventKind.Fail, node, reply, settlement.Code);
        if (entry.Outcome is { } told && Reconsider(session, entry.Id, told) == EntryState.Failed && state != EntryState.Failed)
            session.History.AddEvent(session.Now, entry.Id, StoreEventKind.Fail, node, "what was heard of it while its attempt ran counts for more than the reply");
        _settled = true;
    }

    internal override void Publish(WriteSession session)
    {
        if (!_settled)
            Complete(new SettleResult(SettleOutcome.Stale, []));
        else
            Complete(new SettleResult(SettleOutcome.Settled, Counters(session)));
    }

    internal override void Refuse(StoreHealth health) => Complete(new SettleResult(SettleOutcome.Unavailable, []));

    private void AddSentIds(WriteSession session, long entryId)
    {
        if (settlement.SentMessageId is { Length: > 0 } sent)
            session.History.AddSentId(sent, entryId);
        if (settlement.ProviderId is { } provider)
            session.History.AddProviderId(provider, entryId);
    }

    // It was heard of before its attempt ended: what was heard and how it ended give its state together.
    private EntryState? Reconsider(WriteSession session, long entryId, EntryOutcome told)
    {
        var counted = told.Counted;
        foreach (var key in settlement.Count)
        {
            counted |= key.Scope switch
            {
                CounterScope.Outcomes => OutcomeCounts.Ended,
                CounterScope.BadOutcomes => OutcomeCounts.Bad,
                _ => OutcomeCounts.None,
            };
        }
        session.Entries.SetOutcome(entryId, told with { Counted = counted });
        var again = new OutcomeEvent { Kind = told.Kind, Time = told.Time, Upstream = null, DedupKey = "" };
        return session.Rule(entryId, again, judge)?.State;
    }

    private ImmutableArray<CounterValue> Counters(WriteSession session) =>
        settlement.GiveBack.IsEmpty ? [] : [.. settlement.GiveBack.Select(key => new CounterValue(key, session.Counters.Get(key)))];

    private static string Cut(string reply)
    {
        if (reply.Length <= MostReply)
            return reply;
        var length = char.IsHighSurrogate(reply[MostReply - 1]) ? MostReply - 1 : MostReply;
        return reply[..length];
    }
}
