using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Carries out what <see cref="DueDecision"/> says of entries that cannot simply be sent.</summary>
public sealed class DueEntries(IStore store, Rotation rotation, AssignmentCache assignments, DayRoom room)
{
    private const string Who = "relay";

    // Once for what memory did not know, and once more for what has changed meanwhile.
    private const int MostTries = 3;

    /// <summary>Puts an entry right that is not to be sent now.</summary>
    /// <returns>The entry as it is then, perhaps with another sender; <see langword="null"/> when nothing could be done.</returns>
    public async ValueTask<QueueEntry?> ApplyAsync(DueDecision decision, RelayModel model, QueueEntry entry)
    {
        switch (decision.Action)
        {
            case DueAction.Hold:
                return await ActAsync(Action(model, entry, EntryActionKind.Hold, decision.Reason));
            case DueAction.Bury:
                return await ActAsync(Action(model, entry, EntryActionKind.Bury, decision.Reason));
            case DueAction.Reassign:
                return await ReassignAsync(model, entry, decision.Reason);
            case DueAction.Redate:
                await room.MakeAsync(model, entry);
                return await RedateAsync(model, entry, decision.Reason);
            default:
                return null;
        }
    }

    /// <summary>Ends an entry that is not to be sent any more; its unit returns.</summary>
    /// <returns>The entry as it is then; <see langword="null"/> when nothing could be done.</returns>
    public ValueTask<QueueEntry?> DropAsync(RelayModel model, QueueEntry entry, string reason) =>
        ActAsync(Action(model, entry, EntryActionKind.Drop, reason));

    /// <summary>Gives an entry of a later date a unit of an earlier one, if its sender has any.</summary>
    /// <returns>Whether it has moved.</returns>
    public async ValueTask<bool> MoveUpAsync(RelayModel model, QueueEntry entry)
    {
        using var plan = rotation.Plan(Request(model, entry, entry.Sender), conflicts: int.MaxValue);
        return plan is { Groups: [{ Candidates: [{ Date: { } date } candidate, ..] }, ..] }
            && !(date >= entry.UnitDate)
            && await ActAsync(Action(model, entry, EntryActionKind.Redate, "its sender has room sooner") with { Candidates = [candidate] }) is not null;
    }

    // Of several mails that wait for one recipient, the first to move takes the others with it: whom it is bound to then, the store says.
    private async ValueTask<QueueEntry?> ReassignAsync(RelayModel model, QueueEntry entry, string reason)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            using var plan = rotation.Plan(Request(model, entry, only: null), conflicts: int.MaxValue);
            if (plan.Groups is not [{ Candidates: { IsEmpty: false } candidates, Entries: [var draft, ..] }, ..])
                return null;
            var bound = draft.Sticky ? draft : null;
            var result = (await store.ApplyAsync(Action(model, entry, EntryActionKind.Reassign, reason) with { Candidates = candidates, Draft = bound }))[0];
            if (bound is not null && result.Outcome is ActionOutcome.Done or ActionOutcome.Conflict)
                assignments.Set(entry.Client, draft.RecipientKey, result.Assigned);
            if (result.Outcome == ActionOutcome.Done)
                return result.Entry;
            if (result.Outcome != ActionOutcome.Conflict || bound is null || result.Assigned == draft.KnownAssignment)
                return null;
        }
        return null;
    }

    private async ValueTask<QueueEntry?> RedateAsync(RelayModel model, QueueEntry entry, string reason)
    {
        using var plan = rotation.Plan(Request(model, entry, entry.Sender), conflicts: int.MaxValue);
        return plan.Groups is [{ Candidates: { IsEmpty: false } candidates }, ..]
            ? await ActAsync(Action(model, entry, EntryActionKind.Redate, reason) with { Candidates = candidates })
            : null;
    }

    private async ValueTask<QueueEntry?> ActAsync(EntryAction action) =>
        (await store.ApplyAsync(action))[0] is { Outcome: ActionOutcome.Done } done ? done.Entry : null;

    private static EntryAction Action(RelayModel model, QueueEntry entry, EntryActionKind kind, string reason) =>
        new(kind, [entry.Id], Who, reason, other => BudgetKeys.Of(other, model.RegisteredDomains));

    internal static RotationRequest Request(RelayModel model, QueueEntry entry, string? only) => new()
    {
        Model = model,
        Direction = model.Clients[entry.Client].Directions[entry.Direction],
        Recipients = [new PlannedRecipient(entry.Recipient, Mailbox.TryParse(entry.Recipient, out var recipient, out _) ? recipient.Key : entry.Recipient, default)],
        Expires = entry.ExpiresAt,
        NotBefore = entry.NotBefore ?? DateTimeOffset.MinValue,
        Only = only,
        Avoid = entry.Sender,
    };
}
