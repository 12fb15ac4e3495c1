namespace OutreachRelay.Protocols.Smtp;

/// <summary>Judges the reply to the final dot or to the last chunk. Closes the connection where it may carry nothing more.</summary>
internal static class SmtpClientFinalReply
{
    /// <param name="answer">The reply, or why there is none: then the message is in doubt.</param>
    public static SmtpResult Judge(SmtpClientConnection connection, SmtpClientAnswer answer)
    {
        var result = Judge(answer);
        if (result.Succeeded)
            result = CheckBehind(connection, result);
        if (result.InDoubt || result.Reply is { Code: 421 })
            connection.Dispose();
        return result;
    }

    private static SmtpResult Judge(SmtpClientAnswer answer) => answer switch
    {
        { Failed: true } => answer.ToFailure(SmtpStage.FinalDot, answered: true) with { InDoubt = true },
        { Reply.Code: >= 400 } => answer.ToFailure(SmtpStage.FinalDot, answered: true),
        { Reply.Code: 250 } => new SmtpResult { Stage = SmtpStage.FinalDot, Reply = answer.Reply, Answered = true },
        // RFC 5321 §4.2.5: only 250 takes the responsibility; what another 2yz means only its sender knows.
        _ => answer.ToOutOfStep(SmtpStage.FinalDot, answered: true) with { InDoubt = true },
    };

    // Two replies to one dot: which of them is the answer? 421 is not, it may come at any time.
    private static SmtpResult CheckBehind(SmtpClientConnection connection, SmtpResult accepted)
    {
        if (connection.TakeBuffered() is not { } extra)
            return accepted;
        if (extra.Reply is { Code: 421 })
        {
            connection.Dispose();
            return accepted;
        }
        return accepted with { Failure = SmtpFailureKind.Protocol, Detail = "more came behind the reply to the final dot", InDoubt = true };
    }
}
