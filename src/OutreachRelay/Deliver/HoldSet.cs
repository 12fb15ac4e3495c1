using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>The scopes that the operator holds, as the schedule obeys them. Immutable; pure.</summary>
public sealed class HoldSet(ImmutableArray<QueueHold> holds)
{
    public static readonly HoldSet None = new([]);

    /// <summary>The oldest first.</summary>
    public ImmutableArray<QueueHold> All => holds;

    /// <summary>What holds all of a lane, whichever upstream would take it.</summary>
    public QueueHold? Find(LaneKey lane) => holds.IsEmpty ? null : holds.FirstOrDefault(hold => IsOf(hold, lane, upstream: null) && hold.Scope.RecipientDomain is null);

    /// <summary>What keeps a lane from one upstream.</summary>
    public QueueHold? Find(LaneKey lane, string upstream) => holds.IsEmpty ? null : holds.FirstOrDefault(hold => IsOf(hold, lane, upstream));

    /// <summary>What holds an entry, whichever upstream would take it.</summary>
    public QueueHold? Find(QueueEntry entry)
    {
        if (holds.IsEmpty)
            return null;
        var lane = new LaneKey(entry.Client, entry.Direction, entry.Sender);
        return holds.FirstOrDefault(hold =>
            IsOf(hold, lane, upstream: null) && (hold.Scope.RecipientDomain is not { } domain || domain == DomainOf(entry.Recipient)));
    }

    private static bool IsOf(QueueHold hold, LaneKey lane, string? upstream) =>
        hold.Scope.Upstream == upstream
        && (hold.Scope.Client is not { } client || client == lane.Client)
        && (hold.Scope.Direction is not { } direction || direction == lane.Direction)
        && (hold.Scope.Sender is not { } sender || sender == lane.Sender);

    private static string? DomainOf(string recipient) => Mailbox.TryParse(recipient, out var mailbox, out _) ? mailbox.AsciiDomain : null;
}
