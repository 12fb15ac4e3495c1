using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

public enum DueAction
{
    Send,

    /// <summary>Nothing is to be done here: the sweep ends it, or a reload brings back what it needs.</summary>
    Leave,

    /// <summary>It waits for the operator, with a reason.</summary>
    Hold,

    /// <summary>Its schedule is used up.</summary>
    Bury,

    /// <summary>Its sender is gone and nothing was sent yet: another takes over.</summary>
    Reassign,
}

/// <summary>What is done with an entry that has come due. Pure.</summary>
/// <param name="Reason">For the event and the operator; empty for <see cref="DueAction.Send"/>.</param>
public readonly record struct DueDecision(DueAction Action, string Reason = "")
{
    /// <param name="wasLeased">Whether an attempt was ever begun: then its rendering is frozen and its <c>From</c> stays.</param>
    public static DueDecision Decide(QueueEntry entry, bool wasLeased, RelayModel model, DateTimeOffset now)
    {
        if (now >= entry.ExpiresAt)
            return new(DueAction.Leave, "expired");
        if (model.Clients.GetValueOrDefault(entry.Client)?.Directions.ContainsKey(entry.Direction) != true)
            return new(DueAction.Leave, "its direction is not configured");
        if (entry.State == EntryState.InDoubt)
            return DecideInDoubt(entry, model.Delivery);
        if (entry.Sender is { } sender && model.Senders.ContainsKey(sender))
            return new(DueAction.Send);
        return wasLeased
            ? new(DueAction.Hold, "its sender was removed after an attempt")
            : new(DueAction.Reassign, "its sender was removed");
    }

    // The upstream may have taken it: only the same upstream may see it again, and only if the operator prefers two mails to none.
    private static DueDecision DecideInDoubt(QueueEntry entry, DeliveryModel delivery) => delivery.InDoubt switch
    {
        InDoubtAction.Hold => new(DueAction.Hold, "in doubt: the upstream may have taken it"),
        _ when entry.Attempts > delivery.Retry.Length => new(DueAction.Bury, "in doubt, and the retry schedule is used up"),
        _ => new(DueAction.Send),
    };
}
