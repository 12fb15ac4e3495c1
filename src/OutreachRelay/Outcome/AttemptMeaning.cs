using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome;

/// <summary>What an attempt shows of its upstream.</summary>
public enum UpstreamSign
{
    /// <summary>Neither.</summary>
    None,

    Works,
    Fails,
}

/// <summary>What the end of an attempt means, or that of opening a session: a reply by the rules, all else by what happened where.</summary>
public static class AttemptMeaning
{
    private static readonly ReplyVerdict InDoubt = Of(ReplyScope.Message, ReplyAction.Doubt, "in-doubt");
    private static readonly ReplyVerdict CannotCarry = Of(ReplyScope.Message, ReplyAction.CannotCarry, "cannot-carry");
    private static readonly ReplyVerdict NotSendable = Of(ReplyScope.Message, ReplyAction.Fail, "not-sendable");
    private static readonly ReplyVerdict Unreadable = Of(ReplyScope.Message, ReplyAction.Retry, "unreadable");
    private static readonly ReplyVerdict NoMechanism = Of(ReplyScope.Account, ReplyAction.PauseAccount, "no-mechanism");

    // Before the final dot a lost connection has delivered nothing.
    private static readonly ReplyVerdict NoReply = Of(ReplyScope.Connection, ReplyAction.OtherUpstream, "no-reply");

    /// <summary>Tells what a result means. Pure.</summary>
    /// <param name="provider">Whose rules come first, or <see langword="null"/>.</param>
    public static ReplyVerdict Of(SmtpResult result, ReplyRules rules, string? provider) => result switch
    {
        { Succeeded: true } => UnknownReply.Accepted,
        { InDoubt: true, Reply: { IsPositive: true, Code: not 250 } reply } => JudgeOther(reply, rules, provider),
        { InDoubt: true } => InDoubt,
        { Failure: SmtpFailureKind.Refused or SmtpFailureKind.Tls, Reply: { } reply } => Classify(result.Stage, reply, rules, provider),
        { Failure: SmtpFailureKind.MissingExtension or SmtpFailureKind.TooLarge } => CannotCarry,
        { Failure: SmtpFailureKind.RefusedLocally, Stage: > SmtpStage.Idle } => NotSendable,
        { Failure: SmtpFailureKind.NoMechanism } => NoMechanism,
        { Failure: SmtpFailureKind.Content } => Unreadable,
        // Also a session out of step, whose replies may be another command's.
        _ => NoReply,
    };

    /// <summary>What a result shows of the upstream, beside what the verdict's action says of it.</summary>
    public static UpstreamSign SignOf(SmtpResult result, ReplyVerdict meaning) => meaning switch
    {
        { Action: ReplyAction.Doubt } => result.Reply is null ? UpstreamSign.Fails : UpstreamSign.None,
        { Scope: ReplyScope.Connection, Action: ReplyAction.OtherUpstream } => UpstreamSign.Fails,
        { Scope: ReplyScope.Connection or ReplyScope.Account or ReplyScope.Throttle } => UpstreamSign.None,
        // What was decided here shows nothing of the other side.
        { Action: ReplyAction.CannotCarry } => UpstreamSign.None,
        _ when ReferenceEquals(meaning, NotSendable) || ReferenceEquals(meaning, Unreadable) => UpstreamSign.None,
        { Scope: ReplyScope.Sender or ReplyScope.Domain } when result.Stage < SmtpStage.Mail => UpstreamSign.None,
        _ when result.Stage < SmtpStage.Mail => UpstreamSign.Fails,
        _ => UpstreamSign.Works,
    };

    // RFC 5321 §4.2.5: only 250 takes the responsibility. What another 2yz means, a rule may know.
    private static ReplyVerdict JudgeOther(SmtpReply reply, ReplyRules rules, string? provider)
    {
        var verdict = Classify(SmtpStage.FinalDot, reply, rules, provider);
        return ReferenceEquals(verdict, UnknownReply.Other) ? InDoubt : verdict;
    }

    private static ReplyVerdict Classify(SmtpStage stage, SmtpReply reply, ReplyRules rules, string? provider) =>
        rules.Classify(provider, stage, reply.Code, reply.Enhanced, reply.Text);

    private static ReplyVerdict Of(ReplyScope scope, ReplyAction action, string id) => new(scope, action, null, ReplyBounce.None, id);
}
