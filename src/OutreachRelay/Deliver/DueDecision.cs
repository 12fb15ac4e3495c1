using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

public enum DueAction
{
    Send,

    /// <summary>Nothing is to be done here: the sweep ends it, a reload brings back what it needs, or its sender returns.</summary>
    Leave,

    /// <summary>It waits for the operator, with a reason.</summary>
    Hold,

    /// <summary>Its schedule is used up.</summary>
    Bury,

    /// <summary>Its sender is gone or paused and nothing was sent yet, or it has none: another takes over.</summary>
    Reassign,

    /// <summary>It holds the unit of another day: it takes one of today, or waits for a day that has one.</summary>
    Redate,
}

/// <summary>What is done with an entry that has come due. Pure.</summary>
/// <param name="Reason">For the event and the operator; empty for <see cref="DueAction.Send"/>.</param>
public readonly record struct DueDecision(DueAction Action, string Reason = "")
{
    /// <param name="standing">How its sender stands; <see langword="null"/> when the model does not have the sender.</param>
    public static DueDecision Decide(QueueEntry entry, RelayModel model, SenderStanding? standing, DateTimeOffset now)
    {
        if (now >= entry.ExpiresAt)
            return new(DueAction.Leave, "expired");
        if (model.Clients.GetValueOrDefault(entry.Client) is not { } client || client.Directions.GetValueOrDefault(entry.Direction) is not { } direction)
            return new(DueAction.Leave, "its direction is not configured");
        if (entry.MaybeSent || entry.State == EntryState.InDoubt)
            return DecideInDoubt(entry, direction, model.Delivery);
        if (entry.Sender is not { } sender)
            return new(DueAction.Reassign, "a sender is free");
        // An attempt was begun: its rendering is frozen, and its From stays.
        var wasTried = entry.Rank == EntryRank.Tried;
        if (standing is not { } known || !Rotation.IsOf(model, client, sender))
        {
            return (wasTried, entry.KeepsAuthor) switch
            {
                (true, _) => new(DueAction.Hold, "its sender was removed after an attempt"),
                (_, true) => new(DueAction.Hold, "its author was removed, and it is nobody else's to send"),
                _ => new(DueAction.Reassign, "its sender was removed"),
            };
        }
        if (known.PausedSince is { } since && !wasTried)
            return DecidePaused(entry, direction, known, since, now);
        return entry.UnitDate == known.Today ? new(DueAction.Send) : new(DueAction.Redate, "it holds the unit of another day");
    }

    // A first mail goes on with another sender. A follow-up waits for its own a while: the recipient knows it.
    private static DueDecision DecidePaused(QueueEntry entry, DirectionModel direction, SenderStanding standing, DateTimeOffset since, DateTimeOffset now)
    {
        // RFC 5321 §4.5.5: a notification tells of its author's mail. A signature is the author's, too.
        if (entry.KeepsAuthor)
            return new(DueAction.Leave, "it waits for its author, who is paused");
        if (entry.Rank is not (>= EntryRank.FollowUpHigh and <= EntryRank.FollowUpLow))
            return new(DueAction.Reassign, "its sender is paused: " + standing.PauseReason);
        return now >= since + direction.Pool.StickyMissing
            ? new(DueAction.Reassign, "its sender is paused too long, another goes on with the thread: " + standing.PauseReason)
            : new(DueAction.Leave, "it waits for its paused sender");
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
