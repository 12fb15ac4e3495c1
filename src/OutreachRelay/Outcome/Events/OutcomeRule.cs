using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Events;

/// <summary>What an event means: for its entry, for health, and for its recipient. Pure.</summary>
/// <remarks>
/// Events come late, twice, and in any order; of all that is heard of an entry the one of the highest rank counts, among equals the latest by its own
/// time. So the entry ends in the same state whatever came first.
/// </remarks>
public static class OutcomeRule
{
    /// <summary>Complaint over opt-out over bounce over drop over block over soft bounce over delivery: a later delivery lifts none of them.</summary>
    public static int Rank(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Complained => 9,
        OutcomeKind.Unsubscribed => 8,
        OutcomeKind.BouncedHard => 7,
        OutcomeKind.Dropped => 6,
        OutcomeKind.Blocked => 5,
        OutcomeKind.BouncedSoft => 4,
        OutcomeKind.Delivered => 3,
        OutcomeKind.Deferred => 2,
        OutcomeKind.Accepted or OutcomeKind.Opened or OutcomeKind.Clicked => 1,
        _ => 0,
    };

    /// <summary>What counts most of what was heard of an entry, with an event more; what was counted stays.</summary>
    public static EntryOutcome Fold(EntryOutcome? before, OutcomeKind kind, DateTimeOffset time, OutcomeCounts counted) =>
        before is { } known && (Rank(known.Kind) > Rank(kind) || (Rank(known.Kind) == Rank(kind) && known.Time > time))
            ? known with { Counted = counted }
            : new EntryOutcome(kind, time, counted);

    /// <summary>The state of an entry of which nothing counts more than this event.</summary>
    /// <remarks>
    /// A provider's word settles what is in doubt, and its bounce ends what it had taken. A reply that refused stands, unless the mail may have
    /// been sent before and then was. What is leased is decided when its attempt ends.
    /// </remarks>
    public static EntryState StateOf(QueueEntry entry, OutcomeKind kind)
    {
        var end = IsRefusal(kind) ? EntryState.Failed : EntryState.Relayed;
        return entry.State switch
        {
            _ when Rank(kind) == 0 => entry.State,
            EntryState.Leased or EntryState.Dropped => entry.State,
            EntryState.InDoubt or EntryState.Relayed => end,
            EntryState.Failed => entry.MaybeSent || (entry.Outcome is { } told && IsRefusal(told.Kind)) ? end : EntryState.Failed,
            _ => entry.MaybeSent ? end : entry.State,
        };
    }

    /// <summary>What health is to count of an entry for an event, the entry's state being what the event made of it.</summary>
    public static OutcomeCounts CountsOf(OutcomeEvent heard, EntryState state)
    {
        var ended = state is EntryState.Relayed or EntryState.Failed ? OutcomeCounts.Ended : OutcomeCounts.None;
        return ended | heard switch
        {
            { Kind: OutcomeKind.BouncedHard or OutcomeKind.Blocked } => OutcomeCounts.Bad,
            // What the provider would not send for the recipient's sake has counted when that became known.
            { Kind: OutcomeKind.Dropped, Cause: OutcomeCause.Message } => OutcomeCounts.Bad,
            { Kind: OutcomeKind.Complained } => OutcomeCounts.Complaint,
            _ => OutcomeCounts.None,
        };
    }

    /// <summary>What was counted of an entry: without an outcome of its own, its state tells what its attempt's reply has counted.</summary>
    public static OutcomeCounts CountedOf(QueueEntry entry) => entry switch
    {
        { Outcome: { } told } => told.Counted,
        { State: EntryState.Relayed } => OutcomeCounts.Ended,
        { State: EntryState.Failed } => OutcomeCounts.Ended | OutcomeCounts.Bad,
        _ => OutcomeCounts.None,
    };

    /// <summary>Why the recipient of an event is not to be mailed again; <see langword="null"/> when it says no such thing.</summary>
    /// <remarks>What a provider drops for the recipient's sake, or takes from its own list, has the reason for which it is on that list.</remarks>
    public static SuppressionReason? SuppressFor(OutcomeEvent heard) => (heard.Kind, heard.Cause) switch
    {
        (OutcomeKind.Dropped or OutcomeKind.Unsubscribed, OutcomeCause.HardBounce) or (OutcomeKind.BouncedHard, _) => SuppressionReason.HardBounce,
        (OutcomeKind.Dropped or OutcomeKind.Unsubscribed, OutcomeCause.Complaint) or (OutcomeKind.Complained, _) => SuppressionReason.Complaint,
        (OutcomeKind.Dropped, OutcomeCause.OptOut) or (OutcomeKind.Unsubscribed, _) => SuppressionReason.OptOut,
        (OutcomeKind.BouncedSoft, _) => SuppressionReason.SoftBounce,
        _ => null,
    };

    /// <summary>Whether the mail was not delivered.</summary>
    public static bool IsRefusal(OutcomeKind kind) =>
        kind is OutcomeKind.BouncedHard or OutcomeKind.BouncedSoft or OutcomeKind.Blocked or OutcomeKind.Dropped;
}

/// <summary>That a recipient is not to be mailed again.</summary>
/// <param name="Client">Whose mail it was.</param>
/// <param name="Recipient">As the client gave it.</param>
/// <param name="Source">The upstream that told it, or <c>mail</c>.</param>
/// <param name="Time">When it happened, as the source tells: the same news has the same time.</param>
public sealed record SuppressCall(string Client, string Recipient, SuppressionReason Reason, string Source, DateTimeOffset Time);
