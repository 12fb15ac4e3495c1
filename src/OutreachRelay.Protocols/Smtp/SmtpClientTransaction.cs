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
            switch (SmtpClientVerdicts.Judge(stage, answer.Reply!))
            {
                case SmtpClientVerdict.OutOfStep:
                    // The replies before this one may have been another command's as well: none of them is credited.
                    return Close(answer.ToOutOfStep(stage, _answered));
                case SmtpClientVerdict.Leaving:
                    return Close(refusal ?? answer.ToFailure(stage, _answered));
                case SmtpClientVerdict.Refused:
                    NeedsReset = true;
                    refusal ??= answer.ToFailure(stage, _answered);
                    break;
                case SmtpClientVerdict.Accepted when refusal is not null && stage == SmtpStage.Data:
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

    private async ValueTask<SmtpResult> SendContentAsync(byte[] buffer)
    {
        var sent = await new SmtpClientContent(connection, content, Timeouts, buffer).SendAsync();
        if (!sent.DotSent)
            return Close(BeforeDot(sent.Answer));
        var answer = sent.Answer.Failed || sent.Answer.Reply is not null ? sent.Answer : await connection.ReadReplyAsync(Timeouts.FinalDot);
        return SmtpClientFinalReply.Judge(connection, answer);
    }

    private SmtpResult BeforeDot(SmtpClientAnswer answer) => answer switch
    {
        { Failed: false, Reply.Code: < 400 } => answer.ToOutOfStep(SmtpStage.Content, _answered),
        _ => answer.ToFailure(SmtpStage.Content, _answered),
    };

    private SmtpResult Close(SmtpResult result)
    {
        connection.Dispose();
        return result;
    }
}
