using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Replies that no rule is needed for, and those that no rule knows.</summary>
internal static class UnknownReply
{
    public static readonly ReplyVerdict Accepted = new(ReplyScope.Message, ReplyAction.Accept, null, ReplyBounce.None, "accepted");

    // Nothing of the entry was looked at yet: whatever is wrong, the entry is unharmed.
    private static readonly ReplyVerdict Session = new(ReplyScope.Connection, ReplyAction.OtherUpstream, null, ReplyBounce.None, "unknown-session");
    private static readonly ReplyVerdict RcptTransient = new(ReplyScope.Recipient, ReplyAction.Retry, null, ReplyBounce.None, "unknown-4yz");
    private static readonly ReplyVerdict RcptPermanent = new(ReplyScope.Recipient, ReplyAction.Fail, null, ReplyBounce.None, "unknown-5yz");
    private static readonly ReplyVerdict RcptOther = new(ReplyScope.Recipient, ReplyAction.Retry, null, ReplyBounce.None, "unknown-other");
    private static readonly ReplyVerdict Transient = new(ReplyScope.Message, ReplyAction.Retry, null, ReplyBounce.None, "unknown-4yz");
    private static readonly ReplyVerdict Permanent = new(ReplyScope.Message, ReplyAction.Fail, null, ReplyBounce.None, "unknown-5yz");
    internal static readonly ReplyVerdict Other = new(ReplyScope.Message, ReplyAction.Retry, null, ReplyBounce.None, "unknown-other");

    /// <summary>Whether the reply is what the command asked for (RFC 5321 §4.3.2; RFC 4954 §6; RFC 3207 §4).</summary>
    public static bool Accepts(SmtpStage stage, int code) => (stage, code) switch
    {
        (SmtpStage.Connect or SmtpStage.Tls or SmtpStage.Greeting, 220) => true,
        (SmtpStage.Auth, 235) or (SmtpStage.Data, 354) => true,
        // RFC 3030 §2: a chunk is answered 250.
        (SmtpStage.Hello or SmtpStage.Mail or SmtpStage.Rcpt or SmtpStage.Data or SmtpStage.FinalDot, 250) => true,
        (SmtpStage.Rcpt, 251 or 252) => true,
        _ => false,
    };

    /// <summary>RFC 5321 §4.2.1 decides whether it is for good; nobody is suppressed on a word that nobody knows.</summary>
    public static ReplyVerdict Judge(SmtpStage stage, int code) => (stage, code / 100) switch
    {
        ( < SmtpStage.Mail, _) => Session,
        (SmtpStage.Rcpt, 5) => RcptPermanent,
        (SmtpStage.Rcpt, 4) => RcptTransient,
        (SmtpStage.Rcpt, _) => RcptOther,
        (_, 5) => Permanent,
        (_, 4) => Transient,
        _ => Other,
    };
}
