using System.Buffers;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>One transaction in a single write: MAIL, RCPT, and the content as its only chunk (RFC 3030, RFC 2920). It spares the wait for 354.</summary>
/// <remarks>
/// The server may deliver as soon as it has all octets, whether its replies arrive or not. So from the write on the message is in doubt, unless a
/// reply refuses the envelope or the chunk.
/// </remarks>
internal sealed class SmtpClientChunk(SmtpClientConnection connection, SmtpClientOptions options, SmtpCapabilities extensions, OutgoingContent content)
{
    // What is larger waits for the recipient's acceptance first: it would cost more to send in vain than the round trip.
    private const int MaxContent = 48 * 1024;

    /// <summary>Whether the server may still hold a part of this transaction.</summary>
    public bool NeedsReset { get; private set; }

    /// <summary>Whether content may go out so. The rest goes by DATA, which completes a last line and names what is wrong with bare line ends.</summary>
    public static bool Fits(OutgoingContent content)
    {
        if (content.Rest is not null || content.Length is 0 or > MaxContent || content.Head.Length + content.Body.Length != content.Length)
            return false;
        var lineEnds = default(OutgoingLineEnds);
        lineEnds.Watch(content.Head.Span);
        lineEnds.Watch(content.Body.Span);
        lineEnds.Finish();
        return lineEnds is { HasForbidden: false, InLine: false };
    }

    public async Task<SmtpResult> RunAsync(OutgoingEnvelope envelope)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(OutgoingCommands.MaxLength + (int)content.Length);
        try
        {
            var end = OutgoingCommands.Write(buffer, envelope, content.Length, extensions, reset: false, asChunk: true).All.Length;
            content.Head.CopyTo(buffer.AsMemory(end));
            content.Body.CopyTo(buffer.AsMemory(end += content.Head.Length));
            var written = await connection.WriteAsync(buffer.AsMemory(0, end + content.Body.Length), options.Timeouts.DataBlock);
            return written.Failed ? Unwritten(await connection.ReadLastWordAsync(written)) : await ReadRepliesAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private SmtpResult Unwritten(SmtpClientAnswer lastWord) =>
        Close(lastWord.ToFailure(SmtpStage.Mail) with { InDoubt = lastWord.Failed });

    private async ValueTask<SmtpResult> ReadRepliesAsync()
    {
        SmtpResult? refusal = null;
        for (var stage = SmtpStage.Mail; stage <= SmtpStage.Rcpt; stage++)
        {
            var answer = await connection.ReadReplyAsync(options.Timeouts.Command);
            if (answer.Failed)
                return Close(AfterRefusal(refusal, answer) ?? answer.ToFailure(stage, answered: stage > SmtpStage.Mail) with { InDoubt = true });
            switch (SmtpClientVerdicts.Judge(stage, answer.Reply!))
            {
                case SmtpClientVerdict.OutOfStep:
                    return Close(answer.ToOutOfStep(stage, answered: true) with { InDoubt = true });
                case SmtpClientVerdict.Leaving:
                    return Close(refusal ?? answer.ToFailure(stage, answered: true));
                case SmtpClientVerdict.Refused:
                    // A 2yz that takes no responsibility refuses nothing either: what becomes of the chunk decides.
                    refusal ??= answer.ToFailure(stage, answered: true) with { InDoubt = answer.Reply!.IsPositive };
                    break;
            }
        }
        return JudgeChunk(refusal, await connection.ReadReplyAsync(options.Timeouts.FinalDot));
    }

    private SmtpResult JudgeChunk(SmtpResult? refusal, SmtpClientAnswer answer)
    {
        // It took the chunk in spite of CHUNKING for command lines: what else it made of them is not to be found out on this connection.
        if (answer is { Failed: false, Reply.Code: 500 or 502 })
            return Close(refusal ?? answer.ToFailure(SmtpStage.FinalDot, answered: true) with
            {
                Failure = SmtpFailureKind.Protocol,
                Detail = "the server offers CHUNKING and does not know BDAT",
            });
        // RFC 3030 §2: after a chunk that was refused only RSET is sure to clear the transaction.
        NeedsReset = true;
        if (refusal is null)
        {
            var result = SmtpClientFinalReply.Judge(connection, answer);
            NeedsReset = !result.Succeeded;
            return result;
        }
        if (answer.Failed)
            return Close(AfterRefusal(refusal, answer) ?? answer.ToFailure(SmtpStage.FinalDot, answered: true) with { InDoubt = true });
        if (answer.Reply!.Code == 421)
            connection.Dispose();
        if (answer.Reply.Code >= 400)
            return refusal with { InDoubt = false };
        return Close(answer.ToOutOfStep(SmtpStage.FinalDot, answered: true) with
        {
            Detail = "the server took content for an envelope that it had refused",
            InDoubt = true,
        });
    }

    // A server may refuse and hang up. One that refuses and then falls silent may have missed an earlier command.
    private static SmtpResult? AfterRefusal(SmtpResult? refusal, SmtpClientAnswer answer) =>
        answer.Failure == SmtpFailureKind.ConnectionLost ? refusal : null;

    private SmtpResult Close(SmtpResult result)
    {
        connection.Dispose();
        return result;
    }
}
