using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome;

/// <summary>What an attempt is judged on beside what its end means.</summary>
/// <param name="Attempts">Steps of the retry schedule used before it.</param>
/// <param name="MaybeSent">Whether an earlier attempt may have delivered the message: then only the same upstream may see it again.</param>
/// <param name="IsLastResort">Whether this upstream looked at the entry, and no other one is left for it in this round.</param>
public readonly record struct AttemptContext(int Attempts, bool MaybeSent, bool IsLastResort)
{
    /// <summary>Whether another upstream, be it up or down now, may carry what this one cannot.</summary>
    public bool MayFitElsewhere { get; init; }

    /// <summary>How long the reply asks to wait; <see langword="null"/>: as long as the schedule says.</summary>
    public TimeSpan? Asked { get; init; }
}

/// <summary>What becomes of an entry after an attempt.</summary>
/// <param name="Meaning">What the attempt's end means: also who rests, and whether the recipient is not to be mailed again.</param>
/// <param name="State">The entry's next state.</param>
/// <param name="Due">For <see cref="EntryState.Queued"/> and <see cref="EntryState.InDoubt"/>.</param>
/// <param name="GivesBack">Whether its unit returns to the budgets: nobody took the message, and nobody will.</param>
public sealed record AttemptVerdict(ReplyVerdict Meaning, EntryState State, DateTimeOffset? Due, bool UsedStep, bool GivesBack)
{
    /// <summary>Whether another upstream is to try at once; where none can, the entry waits for one.</summary>
    public bool GoesElsewhere => State == EntryState.Queued && !UsedStep;

    /// <summary>Whether the upstream is a matter of the way: the next attempt is to be made there.</summary>
    /// <remarks>RFC 6647 §2: who defers by greylisting knows the sender by the way it came.</remarks>
    public bool ReturnsThere => State == EntryState.Queued && UsedStep && Meaning is { Scope: ReplyScope.Recipient, Action: ReplyAction.Retry };

    /// <summary>Decides from what happened.</summary>
    /// <remarks>
    /// RFC 5321 §4.5.4.1: a transient refusal is tried again later; §4.2.1: a permanent one is not. What is unknown is transient before the
    /// final dot, and in doubt after it. An entry that may have been sent stays in doubt until its upstream has a definite word.
    /// </remarks>
    public static AttemptVerdict Decide(ReplyVerdict meaning, AttemptContext context, DeliveryModel delivery, DateTimeOffset now) => meaning.Action switch
    {
        ReplyAction.Accept => new(meaning, EntryState.Relayed, null, UsedStep: true, GivesBack: false),
        ReplyAction.Doubt => new(meaning, EntryState.InDoubt, now + delivery.InDoubtWait, UsedStep: true, GivesBack: false),
        ReplyAction.Fail or ReplyAction.Suppress => Fail(meaning, context),
        // What may have been sent must not be seen by another upstream, and this one cannot carry it again.
        ReplyAction.CannotCarry when context.MaybeSent || !context.MayFitElsewhere => Fail(meaning, context),
        ReplyAction.Retry => Defer(meaning, context, delivery, now),
        _ when context.MaybeSent => new(meaning, EntryState.InDoubt, now + delivery.ProbeInterval, UsedStep: false, GivesBack: false),
        // A server that hangs up on this very message, and nobody else to ask: without a step this would go on until it expires.
        ReplyAction.OtherUpstream when context.IsLastResort => Defer(meaning, context, delivery, now),
        _ => new(meaning, EntryState.Queued, now, UsedStep: false, GivesBack: false),
    };

    /// <summary>Whether a pooled session had been closed by its server, or refused RSET, before it looked at the envelope: a new one may be tried.</summary>
    public static bool WasStale(SmtpResult result, bool hadCarried) =>
        hadCarried && result is { Succeeded: false, Answered: false, InDoubt: false, Failure: SmtpFailureKind.ConnectionLost or SmtpFailureKind.Refused }
        && (result.Stage == SmtpStage.Idle || result.Reply is null or { Code: 421 });

    private static AttemptVerdict Fail(ReplyVerdict meaning, AttemptContext context) =>
        new(meaning, EntryState.Failed, null, UsedStep: true, GivesBack: !context.MaybeSent);

    // The next step of the schedule, or the dead letter queue after its last.
    private static AttemptVerdict Defer(ReplyVerdict meaning, AttemptContext context, DeliveryModel delivery, DateTimeOffset now)
    {
        if (context.Attempts >= delivery.Retry.Length)
            return new(meaning, EntryState.Dead, null, UsedStep: true, GivesBack: false);
        var state = context.MaybeSent ? EntryState.InDoubt : EntryState.Queued;
        return new(meaning, state, now + (context.Asked ?? delivery.Retry[context.Attempts]), UsedStep: true, GivesBack: false);
    }
}
