using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;
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
    public static SenderOutcome? Of(SmtpResult result, AttemptVerdict verdict) => verdict.State switch
    {
        EntryState.Relayed => SenderOutcome.Relayed,
        EntryState.Failed => Judge(result),
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

    // A refusal of MAIL is the account's or the upstream's matter, one of the content (RFC 3463 §3.7: x.6) that message's.
    private static SenderOutcome Judge(SmtpResult result) => result switch
    {
        { Failure: not SmtpFailureKind.Refused } or { Reply: null } or { Stage: not (SmtpStage.Rcpt or SmtpStage.FinalDot) } => SenderOutcome.Failed,
        // RFC 3463 §3.2 and §3.3: no such mailbox, system, or syntax; moved; disabled. RFC 7505 §4.2: x.1.10, a domain that takes no mail. §3.5: no answer from the host.
        { Reply.Enhanced: { Class: 5, Subject: 1, Detail: 1 or 2 or 3 or 6 or 10 } or { Class: 5, Subject: 2, Detail: 1 } or { Class: 5, Subject: 4, Detail: 1 } } =>
            SenderOutcome.HardBounce,
        // RFC 3463 §3.8: security or policy.
        { Reply.Enhanced: { Class: 5, Subject: 7 } } => SenderOutcome.Blocked,
        // RFC 5321 §4.2.3: mailbox unavailable.
        { Stage: SmtpStage.Rcpt, Reply: { Code: 550, Enhanced.IsNone: true } } => SenderOutcome.HardBounce,
        _ => SenderOutcome.Failed,
    };
}
