using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Carries out what <see cref="DueDecision"/> says of entries that cannot simply be sent.</summary>
public sealed class DueEntries(IStore store, Rotation rotation, DayRoom room)
{
    private const string Who = "relay";

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
                return await MoveAsync(model, entry, EntryActionKind.Reassign, decision.Reason);
            case DueAction.Redate:
                await room.MakeAsync(model, entry);
                return await MoveAsync(model, entry, EntryActionKind.Redate, decision.Reason);
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

    private async ValueTask<QueueEntry?> MoveAsync(RelayModel model, QueueEntry entry, EntryActionKind kind, string reason)
    {
        using var plan = rotation.Plan(Request(model, entry, kind == EntryActionKind.Redate ? entry.Sender : null), conflicts: int.MaxValue);
        return plan.Groups is [{ Candidates: { IsEmpty: false } candidates }, ..]
            ? await ActAsync(Action(model, entry, kind, reason) with { Candidates = candidates })
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
