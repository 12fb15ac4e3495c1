using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Applies an action to entries that no attempt has.</summary>
internal sealed class ActionWrite(EntryAction action) : Write<ImmutableArray<ActionResult>>
{
    private readonly ActionOutcome[] _outcomes = new ActionOutcome[action.Ids.Length];
    private readonly StoreEventKind _event = action.Kind switch
    {
        EntryActionKind.Retry => StoreEventKind.Retry,
        EntryActionKind.Hold => StoreEventKind.Hold,
        EntryActionKind.Release => StoreEventKind.Release,
        EntryActionKind.Drop => StoreEventKind.Drop,
        EntryActionKind.Requeue => StoreEventKind.Requeue,
        EntryActionKind.Bury => StoreEventKind.Bury,
        EntryActionKind.Reassign or EntryActionKind.Redate => StoreEventKind.Reassign,
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    private ImmutableArray<ActionResult> _results = [];
    private string? _assigned;

    internal override void Apply(WriteSession session)
    {
        _assigned = null;
        for (var i = 0; i < action.Ids.Length; i++)
            _outcomes[i] = Apply(session, action.Ids[i]);
        _results = [.. action.Ids.Select((id, i) => new ActionResult(id, _outcomes[i], session.Entries.Read(id, session.Names)) { Assigned = _assigned })];
    }

    internal override void Publish(WriteSession session) => Complete(_results);

    internal override void Refuse(StoreHealth health) =>
        Complete([.. action.Ids.Select(id => new ActionResult(id, ActionOutcome.Unavailable, null))]);

    private ActionOutcome Apply(WriteSession session, long id)
    {
        if (!session.Entries.TryReadHead(id, out var entry))
            return ActionOutcome.Unknown;
        if (entry.State == EntryState.Leased)
            return ActionOutcome.Leased;
        if (entry.State >= EntryState.Relayed)
            return ActionOutcome.Finished;
        if (!AppliesTo(entry))
            return ActionOutcome.WrongState;
        if (action is { Kind: EntryActionKind.Requeue, EvenIfSent: false } && entry.MaybeSent)
            return ActionOutcome.MaybeSent;
        return action.Kind is EntryActionKind.Reassign or EntryActionKind.Redate ? Reassign(session, entry) : Change(session, entry);
    }

    private bool AppliesTo(in EntryHead entry) => action.Kind switch
    {
        EntryActionKind.Retry or EntryActionKind.Hold or EntryActionKind.Bury => entry.State is EntryState.Queued or EntryState.InDoubt,
        EntryActionKind.Release => entry.State == EntryState.Held,
        EntryActionKind.Requeue => entry.State == EntryState.Dead,
        EntryActionKind.Reassign => entry is { State: EntryState.Queued, Leases: 0 },
        EntryActionKind.Redate => entry is { State: EntryState.Queued, MaybeSent: false },
        _ => true,
    };

    private ActionOutcome Change(WriteSession session, in EntryHead entry)
    {
        var state = entry.State;
        switch (action.Kind)
        {
            case EntryActionKind.Retry:
                session.Entries.SetDue(entry.Id, session.Now);
                break;
            case EntryActionKind.Hold:
            case EntryActionKind.Bury:
                state = action.Kind == EntryActionKind.Hold ? EntryState.Held : EntryState.Dead;
                session.Entries.Set(entry.Id, state, session.Now, usedStep: false, maybeSent: false, unitsReturned: session.GiveBack(entry, action.GiveBack));
                break;
            case EntryActionKind.Release:
                state = EntryState.Queued;
                session.Entries.Set(entry.Id, state, session.Now, usedStep: false, maybeSent: false, unitsReturned: false);
                break;
            case EntryActionKind.Requeue:
                state = EntryState.Queued;
                session.Entries.Requeue(entry.Id, session.Now, action.ExpiresAt!.Value.ToUnixTimeMilliseconds());
                break;
            case EntryActionKind.Drop:
                state = EntryState.Dropped;
                session.End(entry, state, action.GiveBack);
                break;
        }
        if (action.Kind != EntryActionKind.Drop)
            session.Move(entry.State, state);
        Record(session, entry);
        return ActionOutcome.Done;
    }

    private ActionOutcome Reassign(WriteSession session, in EntryHead entry)
    {
        var stored = session.Entries.Read(entry.Id, session.Names)!;
        var client = session.Names.Intern(stored.Client);
        if (action.Draft is { } draft && (_assigned = AssignedTo(session, client, entry)) != draft.KnownAssignment)
            return ActionOutcome.Conflict;
        var budget = new BudgetClaims(session.Counters);
        if (stored.UnitDate is not null)
            budget.GiveBack(action.GiveBack(stored));
        if (budget.Choose(action.Candidates, 1) is not { } candidate)
            return ActionOutcome.Conflict;
        budget.Take();
        var sender = session.Names.Intern(candidate.Sender);
        session.Entries.Reassign(entry.Id, sender, candidate.Date?.DayNumber, candidate.Due.ToUnixTimeMilliseconds());
        if (entry.Sticky && entry.Sender != sender)
            Bind(session, client, entry, sender);
        if (action.Kind == EntryActionKind.Reassign)
            Record(session, entry);
        return ActionOutcome.Done;
    }

    // With a draft it is known to whom it was bound, and that this one binds nobody any more.
    private void Bind(WriteSession session, long client, in EntryHead entry, long sender)
    {
        if (action.Draft is null)
        {
            session.People.Rebind(client, entry.Recipient, entry.Sender, sender, session.Now);
            return;
        }
        session.People.Assign(client, entry.Recipient, sender, session.Now);
        _assigned = session.Names.Text(sender);
    }

    private static string? AssignedTo(WriteSession session, long client, in EntryHead entry) =>
        session.People.FindAssignment(client, entry.Recipient).Sender is > 0 and var sender ? session.Names.Text(sender) : null;

    private void Record(WriteSession session, in EntryHead entry) =>
        session.History.AddEvent(session.Now, entry.Id, _event, action.Who, action.Reason);
}
