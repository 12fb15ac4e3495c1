using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome;

/// <summary>What the end of an entry says of its sender.</summary>
public enum SenderOutcome
{
    Relayed,

    /// <summary>It failed for good, for reasons that are the message's or the recipient's.</summary>
    Failed,

    /// <summary>The recipient does not exist: the list is bad.</summary>
    HardBounce,

    /// <summary>The sender's mail is not wanted.</summary>
    Blocked,
}

/// <summary>Judges and counts what health looks at.</summary>
public static class SenderOutcomes
{
    private static readonly ImmutableArray<(OutcomeCounts Count, CounterScope Scope)> Scopes =
    [
        (OutcomeCounts.Ended, CounterScope.Outcomes), (OutcomeCounts.Bad, CounterScope.BadOutcomes), (OutcomeCounts.Complaint, CounterScope.Complaints),
    ];

    /// <summary>What an attempt says of the sender; <see langword="null"/> when the entry has not ended with it.</summary>
    public static SenderOutcome? Of(AttemptVerdict verdict) => verdict.State switch
    {
        EntryState.Relayed => SenderOutcome.Relayed,
        EntryState.Failed => Of(verdict.Meaning.Bounce),
        // What is in doubt may still be either; a dead letter was refused for the time being only.
        _ => null,
    };

    /// <summary>What health counts for an outcome.</summary>
    public static OutcomeCounts CountsOf(SenderOutcome outcome) =>
        outcome is SenderOutcome.HardBounce or SenderOutcome.Blocked ? OutcomeCounts.Ended | OutcomeCounts.Bad : OutcomeCounts.Ended;

    /// <summary>The counters of what is newly known of an entry: of the sender on its local date, of its domain, of the direction and of its mail at the upstream on the date in UTC. None for a sender that the model does not have: it is nobody's any more.</summary>
    /// <param name="isBlocked">Whether what is bad is a block: nothing else counts at the upstream.</param>
    public static ImmutableArray<CounterKey> Counters(OutcomeCounts counts, QueueEntry entry, RelayModel model, Rotation rotation, DateTimeOffset now, bool isBlocked)
    {
        if (counts == OutcomeCounts.None || entry.Sender is not { } sender || rotation.Standing(model, sender) is not { } standing)
            return [];
        var utcDate = DateOnly.FromDateTime(now.UtcDateTime);
        ReadOnlySpan<(string Name, DateOnly Date)> subjects =
        [
            (sender, standing.Today), (model.Senders[sender].RegisteredDomain, utcDate), (BudgetKeys.DirectionName(entry.Client, entry.Direction), utcDate),
        ];
        var counters = ImmutableArray.CreateBuilder<CounterKey>();
        foreach (var (name, date) in subjects)
            CountAt(name, date, counts, counters);
        if (entry.Upstream is { } upstream)
            CountAt(BudgetKeys.UpstreamPart(upstream, entry.Client, entry.Direction), utcDate, isBlocked ? counts : counts & OutcomeCounts.Ended, counters);
        return counters.DrainToImmutable();
    }

    private static void CountAt(string name, DateOnly date, OutcomeCounts counts, ImmutableArray<CounterKey>.Builder counters)
    {
        foreach (var (count, scope) in Scopes)
        {
            if (counts.HasFlag(count))
                counters.Add(new CounterKey(scope, name, date));
        }
    }

    private static SenderOutcome Of(ReplyBounce bounce) => bounce switch
    {
        ReplyBounce.Hard => SenderOutcome.HardBounce,
        ReplyBounce.Blocked => SenderOutcome.Blocked,
        _ => SenderOutcome.Failed,
    };
}
