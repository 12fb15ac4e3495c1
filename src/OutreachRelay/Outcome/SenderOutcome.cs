using System.Collections.Immutable;
using OutreachRelay.Outcome.Replies;
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
    /// <summary>What an attempt says of the sender; <see langword="null"/> when the entry has not ended with it.</summary>
    public static SenderOutcome? Of(AttemptVerdict verdict) => verdict.State switch
    {
        EntryState.Relayed => SenderOutcome.Relayed,
        EntryState.Failed => Of(verdict.Meaning.Bounce),
        // What is in doubt may still be either; a dead letter was refused for the time being only.
        _ => null,
    };

    /// <summary>The counters of an outcome: of the sender on its local date, of its domain and of the direction on the date in UTC.</summary>
    /// <param name="direction">As <c>client/direction</c>.</param>
    public static ImmutableArray<CounterKey> Counters(
        SenderOutcome outcome, string sender, DateOnly senderDate, string domain, string direction, DateOnly utcDate)
    {
        ReadOnlySpan<(string Name, DateOnly Date)> subjects = [(sender, senderDate), (domain, utcDate), (direction, utcDate)];
        var isBad = outcome is SenderOutcome.HardBounce or SenderOutcome.Blocked;
        var counters = ImmutableArray.CreateBuilder<CounterKey>(2 * subjects.Length);
        foreach (var (name, date) in subjects)
        {
            counters.Add(new(CounterScope.Outcomes, name, date));
            if (isBad)
                counters.Add(new(CounterScope.BadOutcomes, name, date));
        }
        return counters.DrainToImmutable();
    }

    private static SenderOutcome Of(ReplyBounce bounce) => bounce switch
    {
        ReplyBounce.Hard => SenderOutcome.HardBounce,
        ReplyBounce.Blocked => SenderOutcome.Blocked,
        _ => SenderOutcome.Failed,
    };
}
