using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome;

/// <summary>Whose matter the end of an attempt is.</summary>
public enum AttemptScope
{
    /// <summary>The message or its recipient; also a success.</summary>
    Entry,

    /// <summary>The connection: another upstream may do better at once, and no step of the schedule is used.</summary>
    Connection,

    /// <summary>What the upstream can carry: another may carry it, no step is used, and the upstream is as healthy as before.</summary>
    Capability,

    /// <summary>Our account at the upstream: the same, and the upstream is left alone for a while.</summary>
    Account,

    /// <summary>Our account, for the moment only: the same, for a shorter while.</summary>
    AccountForNow,
}

/// <summary>What an attempt is judged on beside its result.</summary>
/// <param name="Attempts">Steps of the retry schedule used before it.</param>
/// <param name="MaybeSent">Whether an earlier attempt may have delivered the message: then only the same upstream may see it again.</param>
/// <param name="IsLastResort">Whether no other upstream is left for the entry in this round.</param>
public readonly record struct AttemptContext(int Attempts, bool MaybeSent, bool IsLastResort)
{
    /// <summary>Whether another upstream, be it up or down now, may carry what this one cannot.</summary>
    public bool MayFitElsewhere { get; init; }
}

/// <summary>What becomes of an entry after an attempt.</summary>
/// <param name="State">The entry's next state; <see cref="EntryState.Queued"/> with another scope than the entry's: at once, elsewhere.</param>
/// <param name="Due">For <see cref="EntryState.Queued"/> and <see cref="EntryState.InDoubt"/>.</param>
/// <param name="GivesBack">Whether its unit returns to the budgets: nobody took the message, and nobody will.</param>
public sealed record AttemptVerdict(AttemptScope Scope, EntryState State, DateTimeOffset? Due, bool UsedStep, bool GivesBack)
{
    /// <summary>Whether another upstream is to try at once.</summary>
    public bool GoesElsewhere => Scope != AttemptScope.Entry && State == EntryState.Queued;

    // SendGrid says so with 451, which by its code alone would be over soon. It is over when somebody has paid.
    private const string CreditsExceeded = "Maximum credits exceeded";

    /// <summary>Decides from what happened.</summary>
    /// <remarks>
    /// RFC 5321 §4.5.4.1: a transient refusal is tried again later; §4.2.1: a permanent one is not. What is unknown is transient before the
    /// final dot, and in doubt after it. An entry that may have been sent stays in doubt until its upstream has a definite word.
    /// </remarks>
    public static AttemptVerdict Decide(SmtpResult result, AttemptContext context, DeliveryModel delivery, DateTimeOffset now)
    {
        if (result.Succeeded)
            return new(AttemptScope.Entry, EntryState.Relayed, null, UsedStep: true, GivesBack: false);
        if (result.InDoubt)
            return new(AttemptScope.Entry, EntryState.InDoubt, now + delivery.InDoubtWait, UsedStep: true, GivesBack: false);
        var scope = ScopeOf(result);
        if (scope == AttemptScope.Capability)
            return JudgeCapability(context, now);
        if (scope != AttemptScope.Entry && context.MaybeSent)
            return new(scope, EntryState.InDoubt, now + delivery.ProbeInterval, UsedStep: false, GivesBack: false);
        // A server that hangs up on this very message, and nobody else to ask: without a step this would go on until it expires.
        if (scope != AttemptScope.Entry && !(context.IsLastResort && result.Answered))
            return new(scope, EntryState.Queued, now, UsedStep: false, GivesBack: false);
        if (scope == AttemptScope.Entry && IsPermanent(result))
            return new(scope, EntryState.Failed, null, UsedStep: true, GivesBack: !context.MaybeSent);
        return Defer(context, delivery, now);
    }

    /// <summary>Whether the message was found not to be sendable there before anything of it left: that shows nothing of the upstream's health.</summary>
    public static bool NeverLeft(SmtpResult result) => result is
    {
        Stage: SmtpStage.Mail,
        Failure: SmtpFailureKind.MissingExtension or SmtpFailureKind.TooLarge or SmtpFailureKind.RefusedLocally,
    };

    /// <summary>Whether a pooled session had been closed by its server, or refused RSET, before it looked at the envelope: a new one may be tried.</summary>
    public static bool WasStale(SmtpResult result, bool hadCarried) =>
        hadCarried && result is { Succeeded: false, Answered: false, InDoubt: false, Failure: SmtpFailureKind.ConnectionLost or SmtpFailureKind.Refused }
        && (result.Stage == SmtpStage.Idle || result.Reply is null or { Code: 421 });

    /// <summary>Whose matter a failure is.</summary>
    public static AttemptScope ScopeOf(SmtpResult result) => result switch
    {
        // RFC 4954 §6: a 5yz to AUTH refuses the credential, a 4yz (421 included) only now; 530 and its kin say at any command that we are not logged in.
        { Stage: SmtpStage.Auth, Failure: SmtpFailureKind.NoMechanism } => AttemptScope.Account,
        { Stage: SmtpStage.Auth, Reply.IsPermanent: true } => AttemptScope.Account,
        { Stage: SmtpStage.Auth, Reply: { IsTransient: true } reply } =>
            reply.Text.Contains(CreditsExceeded, StringComparison.OrdinalIgnoreCase) ? AttemptScope.Account : AttemptScope.AccountForNow,
        { Stage: <= SmtpStage.Data, Reply.Code: 530 or 534 or 535 or 538 } => AttemptScope.Account,
        { Failure: SmtpFailureKind.MissingExtension or SmtpFailureKind.TooLarge } => AttemptScope.Capability,
        // RFC 5321 §3.8: elsewhere 421 speaks of the service, whatever the command.
        { Reply.Code: 421 } => AttemptScope.Connection,
        { Stage: <= SmtpStage.Idle } => AttemptScope.Connection,
        // Before the final dot a lost connection has delivered nothing.
        {
            Failure: SmtpFailureKind.Unreachable or SmtpFailureKind.Timeout or SmtpFailureKind.ConnectionLost or SmtpFailureKind.Protocol
            or SmtpFailureKind.Tls or SmtpFailureKind.Cancelled
        } => AttemptScope.Connection,
        _ => AttemptScope.Entry,
    };

    // What may have been sent must not be seen by another upstream, and this one cannot carry it again.
    private static AttemptVerdict JudgeCapability(AttemptContext context, DateTimeOffset now) => context is { MayFitElsewhere: true, MaybeSent: false }
        ? new(AttemptScope.Capability, EntryState.Queued, now, UsedStep: false, GivesBack: false)
        : new(AttemptScope.Entry, EntryState.Failed, null, UsedStep: true, GivesBack: !context.MaybeSent);

    // The next step of the schedule, or the dead letter queue after its last.
    private static AttemptVerdict Defer(AttemptContext context, DeliveryModel delivery, DateTimeOffset now)
    {
        if (context.Attempts >= delivery.Retry.Length)
            return new(AttemptScope.Entry, EntryState.Dead, null, UsedStep: true, GivesBack: false);
        // With a step used it is the entry's matter, whoever was at fault.
        var state = context.MaybeSent ? EntryState.InDoubt : EntryState.Queued;
        return new(AttemptScope.Entry, state, now + delivery.Retry[context.Attempts], UsedStep: true, GivesBack: false);
    }

    private static bool IsPermanent(SmtpResult result) => result.Failure switch
    {
        SmtpFailureKind.Refused => result.Reply is { IsPermanent: true },
        SmtpFailureKind.RefusedLocally or SmtpFailureKind.MissingExtension or SmtpFailureKind.TooLarge => true,
        _ => false,
    };
}
