namespace OutreachRelay.Protocols.Smtp;

/// <summary>What a reply to a command of a transaction means for what follows.</summary>
internal enum SmtpClientVerdict
{
    Accepted,
    Refused,
    OutOfStep,

    /// <summary>421 (RFC 5321 §3.8), or a RSET that was refused: this session carries nothing more.</summary>
    Leaving,
}

internal static class SmtpClientVerdicts
{
    /// <summary>Judges the reply to RSET (<see cref="SmtpStage.Idle"/>), MAIL, RCPT or DATA.</summary>
    public static SmtpClientVerdict Judge(SmtpStage stage, SmtpReply reply) => (stage, reply.Code) switch
    {
        (_, 421) or (SmtpStage.Idle, >= 400) => SmtpClientVerdict.Leaving,
        (_, >= 400) => SmtpClientVerdict.Refused,
        (SmtpStage.Data, 354) or (SmtpStage.Idle or SmtpStage.Mail, 250) or (SmtpStage.Rcpt, 250 or 251 or 252) => SmtpClientVerdict.Accepted,
        // Some providers answer so to drop a recipient: no acceptance, and no loss of step.
        (SmtpStage.Rcpt, < 300) => SmtpClientVerdict.Refused,
        _ => SmtpClientVerdict.OutOfStep,
    };
}
