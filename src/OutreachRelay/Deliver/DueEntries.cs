using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Carries out what <see cref="DueDecision"/> says of entries that cannot simply be sent.</summary>
public sealed class DueEntries(IStore store, Rotation rotation, TimeProvider time)
{
    private const string Who = "relay";

    // How long an entry that finds no sender waits before it is looked at again.
    private static readonly TimeSpan NoSenderRest = TimeSpan.FromMinutes(1);

    /// <summary>Settles an entry that is not to be sent now.</summary>
    /// <returns>When it comes due again, or <see langword="null"/> when that is not known here.</returns>
    public async ValueTask<DateTimeOffset?> ApplyAsync(DueDecision decision, RelayModel model, QueueEntry entry)
    {
        var kind = decision.Action switch
        {
            DueAction.Hold => EntryActionKind.Hold,
            DueAction.Bury => EntryActionKind.Bury,
            DueAction.Reassign => EntryActionKind.Reassign,
            DueAction.Redate => EntryActionKind.Redate,
            _ => (EntryActionKind?)null,
        };
        if (kind is null)
            return null;
        var action = new EntryAction(kind.Value, [entry.Id], Who, decision.Reason, BudgetKeys.Of);
        if (decision.Action is DueAction.Hold or DueAction.Bury)
        {
            await store.ApplyAsync(action);
            return null;
        }
        using var plan = Replan(model, entry, decision.Action == DueAction.Redate ? entry.Sender : null);
        if (plan is null)
            return time.GetUtcNow() + NoSenderRest;
        var result = (await store.ApplyAsync(action with { Candidates = plan.Groups[0].Candidates }))[0];
        return result is { Outcome: ActionOutcome.Done, Entry: { } moved } ? moved.Due : time.GetUtcNow() + NoSenderRest;
    }

    private RotationPlan? Replan(RelayModel model, QueueEntry entry, string? only)
    {
        var direction = model.Clients[entry.Client].Directions[entry.Direction];
        var key = Mailbox.TryParse(entry.Recipient, out var recipient, out _) ? recipient.Key : entry.Recipient;
        var request = new RotationRequest(model, direction, only, null, [new PlannedRecipient(entry.Recipient, key, default)], entry.ExpiresAt);
        return rotation.Plan(request, conflicts: int.MaxValue);
    }
}
