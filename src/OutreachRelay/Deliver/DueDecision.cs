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

    /// <summary>It holds the unit of another day: it takes one of today, or waits for a day that has one.</summary>
    Redate,
}

/// <summary>What is done with an entry that has come due. Pure.</summary>
/// <param name="Reason">For the event and the operator; empty for <see cref="DueAction.Send"/>.</param>
public readonly record struct DueDecision(DueAction Action, string Reason = "")
{
    /// <param name="wasLeased">Whether an attempt was ever begun: then its rendering is frozen and its <c>From</c> stays.</param>
    /// <param name="today">The sender's local date; <see langword="null"/> when the sender is not known.</param>
    public static DueDecision Decide(QueueEntry entry, bool wasLeased, RelayModel model, DateOnly? today, DateTimeOffset now)
    {
        if (now >= entry.ExpiresAt)
            return new(DueAction.Leave, "expired");
        if (model.Clients.GetValueOrDefault(entry.Client)?.Directions.GetValueOrDefault(entry.Direction) is not { } direction)
            return new(DueAction.Leave, "its direction is not configured");
        if (entry.MaybeSent || entry.State == EntryState.InDoubt)
            return DecideInDoubt(entry, direction, model.Delivery);
        if (entry.Sender is { } sender && model.Senders.ContainsKey(sender))
            return entry.UnitDate == today ? new(DueAction.Send) : new(DueAction.Redate, "it holds the unit of another day");
        return wasLeased
            ? new(DueAction.Hold, "its sender was removed after an attempt")
            : new(DueAction.Reassign, "its sender was removed");
    }

    // The upstream may have taken it: only the same upstream may see it again, and only if the operator prefers two mails to none. Its unit
    // is used, and the repetition uses no second one.
    private static DueDecision DecideInDoubt(QueueEntry entry, DirectionModel direction, DeliveryModel delivery) => delivery.InDoubt switch
    {
        InDoubtAction.Hold when entry.State == EntryState.InDoubt => new(DueAction.Hold, "in doubt: the upstream may have taken it"),
        _ when !direction.Upstreams.Any(upstream => upstream.Name == entry.Upstream) => new(DueAction.Hold, "in doubt, and its upstream is gone"),
        _ when entry.Attempts > delivery.Retry.Length => new(DueAction.Bury, "in doubt, and the retry schedule is used up"),
        _ => new(DueAction.Send),
    };
}
