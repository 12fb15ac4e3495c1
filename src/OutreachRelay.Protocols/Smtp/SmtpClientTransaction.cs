using System.Buffers;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>One mail transaction: (1) MAIL, RCPT, DATA, together where PIPELINING allows, (2) the content, (3) the reply to the final dot.</summary>
internal sealed class SmtpClientTransaction(
    SmtpClientConnection connection, SmtpClientOptions options, SmtpCapabilities extensions, OutgoingContent content)
{
    private readonly bool _pipelined = options.UsePipelining && extensions.Pipelining;
    private bool _answered;

    /// <summary>Whether the server may still hold a part of this transaction.</summary>
    public bool NeedsReset { get; private set; }

    private SmtpClientTimeouts Timeouts => options.Timeouts;

    public async Task<SmtpResult> RunAsync(OutgoingEnvelope envelope, bool reset)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SmtpClientContent.BufferSize(content));
        try
        {
            var commands = OutgoingCommands.Write(buffer, envelope, content.Length, extensions, reset);
            return await SendCommandsAsync(commands) ?? await SendContentAsync(buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns><see langword="null"/> when the server waits for the content.</returns>
    private async ValueTask<SmtpResult?> SendCommandsAsync(OutgoingCommands commands)
    {
        if (_pipelined && await connection.WriteAsync(commands.All, Timeouts.Command) is { Failed: true } unwritten)
            return Close((await connection.ReadLastWordAsync(unwritten)).ToFailure(commands.First));
        SmtpResult? refusal = null;
        for (var stage = commands.First; stage <= SmtpStage.Data; stage++)
        {
            var timeout = stage == SmtpStage.Data ? Timeouts.DataStart : Timeouts.Command;
            var answer = _pipelined ? await connection.ReadReplyAsync(timeout) : await connection.ExchangeAsync(commands[stage], timeout);
            if (answer.Failed)
                return Close(AfterRefusal(refusal, answer) ?? answer.ToFailure(stage, _answered));
            _answered |= stage != SmtpStage.Idle;
            switch (Judge(stage, answer.Reply!))
            {
                case Verdict.OutOfStep:
                    // The replies before this one may have been another command's as well: none of them is credited.
                    return Close(answer.ToOutOfStep(stage, _answered));
                case Verdict.Leaving:
                    return Close(refusal ?? answer.ToFailure(stage, _answered));
                case Verdict.Refused:
                    NeedsReset = true;
                    refusal ??= answer.ToFailure(stage, _answered);
                    break;
                case Verdict.Accepted when refusal is not null && stage == SmtpStage.Data:
                    // RFC 2920 §3.1 would send the dot alone. A server that asks for content here has lost count, and might deliver it, empty.
                    return Close(refusal);
            }
            if (refusal is not null && !_pipelined)
                break;
        }
        return refusal;
    }

    // A server may refuse and hang up. One that refuses and then leaves a command unanswered may have missed an earlier one.
    private static SmtpResult? AfterRefusal(SmtpResult? refusal, SmtpClientAnswer answer) =>
        answer.Failure == SmtpFailureKind.ConnectionLost ? refusal : null;

    private enum Verdict
    {
        Accepted,
        Refused,
        OutOfStep,

        /// <summary>421 (RFC 5321 §3.8), or a RSET that was refused: this session carries nothing more.</summary>
        Leaving,
    }

    private static Verdict Judge(SmtpStage stage, SmtpReply reply) => (stage, reply.Code) switch
    {
        (_, 421) or (SmtpStage.Idle, >= 400) => Verdict.Leaving,
        (_, >= 400) => Verdict.Refused,
        (SmtpStage.Data, 354) or (SmtpStage.Idle or SmtpStage.Mail, 250) or (SmtpStage.Rcpt, 250 or 251 or 252) => Verdict.Accepted,
        // Some providers answer so to drop a recipient: no acceptance, and no loss of step.
        (SmtpStage.Rcpt, < 300) => Verdict.Refused,
        _ => Verdict.OutOfStep,
    };

    private async ValueTask<SmtpResult> SendContentAsync(byte[] buffer)
    {
        var sent = await new SmtpClientContent(connection, content, Timeouts, buffer).SendAsync();
        if (!sent.DotSent)
            return Close(BeforeDot(sent.Answer));
        return AfterDot(sent.Answer.Failed || sent.Answer.Reply is not null ? sent.Answer : await connection.ReadReplyAsync(Timeouts.FinalDot));
    }

    private SmtpResult BeforeDot(SmtpClientAnswer answer) => answer switch
    {
        { Failed: false, Reply.Code: < 400 } => answer.ToOutOfStep(SmtpStage.Content, _answered),
        _ => answer.ToFailure(SmtpStage.Content, _answered),
    };

    private SmtpResult AfterDot(SmtpClientAnswer answer)
    {
        if (answer.Failed)
            return Close(answer.ToFailure(SmtpStage.FinalDot, _answered) with { InDoubt = true });
        var reply = answer.Reply!;
        if (reply.Code >= 400)
        {
            var refused = answer.ToFailure(SmtpStage.FinalDot, _answered);
            return reply.Code == 421 ? Close(refused) : refused;
        }
        // RFC 5321 §4.2.5: only 250 takes the responsibility; what another 2yz means only its sender knows.
        if (reply.Code != 250)
            return Close(answer.ToOutOfStep(SmtpStage.FinalDot, _answered) with { InDoubt = true });
        return Accepted(reply);
    }

    private SmtpResult Accepted(SmtpReply reply)
    {
        var accepted = new SmtpResult { Stage = SmtpStage.FinalDot, Reply = reply, Answered = true };
        if (connection.TakeBuffered() is not { } extra)
            return accepted;
        // Two replies to one dot: which of them is the answer? 421 is not, it may come at any time.
        return Close(extra.Reply is { Code: 421 } ? accepted : accepted with
        {
            Failure = SmtpFailureKind.Protocol,
            Detail = "more came behind the reply to the final dot",
            InDoubt = true,
        });
    }

    private SmtpResult Close(SmtpResult result)
    {
        connection.Dispose();
        return result;
    }
}
