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

    /// <summary>Our account at the upstream: the same, and the upstream is left alone for a while.</summary>
    Account,
}

/// <summary>What becomes of an entry after an attempt.</summary>
/// <param name="State">For the scopes other than <see cref="AttemptScope.Entry"/> always queued.</param>
/// <param name="Due">For <see cref="EntryState.Queued"/> and <see cref="EntryState.InDoubt"/>.</param>
/// <param name="GivesBack">Whether its unit returns to the budgets: nobody took the message, and nobody will.</param>
public sealed record AttemptVerdict(AttemptScope Scope, EntryState State, DateTimeOffset? Due, bool UsedStep, bool GivesBack)
{
    /// <summary>Decides from what happened.</summary>
    /// <param name="attempts">Steps of the retry schedule used before this attempt.</param>
    /// <remarks>
    /// RFC 5321 §4.5.4.1: a transient refusal is tried again later; §4.2.1: a permanent one is not. What is unknown is transient before the
    /// final dot, and in doubt after it.
    /// </remarks>
    public static AttemptVerdict Decide(SmtpResult result, int attempts, DeliveryModel delivery, DateTimeOffset now)
    {
        if (result.Succeeded)
            return new(AttemptScope.Entry, EntryState.Relayed, null, UsedStep: true, GivesBack: false);
        if (result.InDoubt)
            return new(AttemptScope.Entry, EntryState.InDoubt, now + delivery.InDoubtWait, UsedStep: true, GivesBack: false);
        if (result.Stage == SmtpStage.Auth && result.Failure is SmtpFailureKind.Refused or SmtpFailureKind.NoMechanism)
            return Elsewhere(AttemptScope.Account, now);
        if (IsConnectionScope(result))
            return Elsewhere(AttemptScope.Connection, now);
        if (IsPermanent(result))
            return new(AttemptScope.Entry, EntryState.Failed, null, UsedStep: true, GivesBack: true);
        return Defer(attempts, delivery, now);
    }

    /// <summary>Whether a pooled session had been closed by its server before it looked at the envelope: nothing was sent, a new one may be tried.</summary>
    public static bool WasStale(SmtpResult result, bool hasCarried) =>
        hasCarried && result is { Succeeded: false, Answered: false, InDoubt: false, Failure: SmtpFailureKind.ConnectionLost or SmtpFailureKind.Refused }
        && result.Reply is null or { Code: 421 };

    /// <summary>The next step of the schedule, or the dead letter queue after its last.</summary>
    private static AttemptVerdict Defer(int attempts, DeliveryModel delivery, DateTimeOffset now) => attempts < delivery.Retry.Length
        ? new(AttemptScope.Entry, EntryState.Queued, now + delivery.Retry[attempts], UsedStep: true, GivesBack: false)
        : new(AttemptScope.Entry, EntryState.Dead, null, UsedStep: true, GivesBack: false);

    private static AttemptVerdict Elsewhere(AttemptScope scope, DateTimeOffset now) =>
        new(scope, EntryState.Queued, now, UsedStep: false, GivesBack: false);

    // RFC 5321 §3.8: 421 speaks of the service, whatever the command. Before the final dot a lost connection has delivered nothing.
    private static bool IsConnectionScope(SmtpResult result) => result switch
    {
        { Reply.Code: 421 } => true,
        { Stage: <= SmtpStage.Idle } => true,
        { Failure: SmtpFailureKind.Unreachable or SmtpFailureKind.Timeout or SmtpFailureKind.ConnectionLost or SmtpFailureKind.Protocol
            or SmtpFailureKind.Tls or SmtpFailureKind.Cancelled } => true,
        _ => false,
    };

    private static bool IsPermanent(SmtpResult result) => result.Failure switch
    {
        SmtpFailureKind.Refused => result.Reply is { IsPermanent: true },
        SmtpFailureKind.RefusedLocally or SmtpFailureKind.MissingExtension or SmtpFailureKind.TooLarge => true,
        _ => false,
    };
}
