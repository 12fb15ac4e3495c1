using System.Buffers;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Sends the content of one message and its final dot: a small one in a single write, a large one in blocks while listening for an early reply.</summary>
internal sealed class SmtpClientContent(SmtpClientConnection connection, OutgoingContent content, SmtpClientTimeouts timeouts, byte[] buffer)
{
    /// <summary>A block, and the largest content that goes out in a single write.</summary>
    private const int Block = 48 * 1024;

    // CR LF . CR LF
    private const int EndLength = 5;

    private static readonly SmtpClientAnswer Forbidden = new(null, SmtpFailureKind.Content, "the content holds a bare CR or LF, or a NUL");

    private OutgoingDotStuffer _stuffer;
    private int _filled;
    private long _taken;

    /// <summary>How it ended.</summary>
    /// <param name="DotSent">Whether the final dot was handed to the network, wholly or in part.</param>
    /// <param name="Answer">The reply or failure that ended it; empty when the reply to the dot is still to be read.</param>
    public readonly record struct Sent(bool DotSent, SmtpClientAnswer Answer);

    private bool IsSmall => content.Rest is null && content.Head.Length + (long)content.Body.Length <= Block;

    /// <summary>Octets of buffer that this content needs.</summary>
    public static int BufferSize(OutgoingContent content)
    {
        var most = content.Rest is null ? (int)Math.Min(Block, content.Head.Length + (long)content.Body.Length) : Block;
        return Math.Max(OutgoingDotStuffer.RoomFor(most) + EndLength, OutgoingCommands.MaxLength);
    }

    public async ValueTask<Sent> SendAsync()
    {
        try
        {
            // Whoever speaks before the dot refuses or is out of step; and a connection that has ended already leaves no doubt.
            var heard = connection.Listen();
            if (!IsSmall || heard.IsCompleted)
                return await SendBlocksAsync(heard);
            Add(content.Head.Span);
            Add(content.Body.Span);
            if (Finish() is { } problem)
                return new Sent(DotSent: false, problem);
            var written = await connection.WriteAsync(buffer.AsMemory(0, _filled), timeouts.DataBlock);
            return new Sent(DotSent: true, written.Failed ? await connection.ReadLastWordAsync(written) : default);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
        {
            return new Sent(DotSent: false, new SmtpClientAnswer(null, SmtpFailureKind.Content, $"the content could not be read: {error.GetType().Name}"));
        }
    }

    private async ValueTask<Sent> SendBlocksAsync(Task heard)
    {
        if (await SendPartAsync(content.Head, heard) is { } duringHead)
            return duringHead;
        if (await SendPartAsync(content.Body, heard) is { } duringBody)
            return duringBody;
        if (content.Rest is not null && await SendRestAsync(content.Rest, heard) is { } duringRest)
            return duringRest;
        if (Finish() is { } problem)
            return new Sent(DotSent: false, problem);
        return await FlushAsync(heard, dot: true) ?? new Sent(DotSent: true, default);
    }

    private async ValueTask<Sent?> SendPartAsync(ReadOnlyMemory<byte> part, Task heard)
    {
        while (!part.IsEmpty)
        {
            if (Room == 0 && await FlushAsync(heard, dot: false) is { } ended)
                return ended;
            var piece = part[..Math.Min(part.Length, Room)];
            Add(piece.Span);
            part = part[piece.Length..];
        }
        return null;
    }

    private async ValueTask<Sent?> SendRestAsync(Stream rest, Task heard)
    {
        var input = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            while (_taken <= content.Length && await rest.ReadAsync(input) is > 0 and var read)
            {
                if (await SendPartAsync(input.AsMemory(0, read), heard) is { } ended)
                    return ended;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    private int Room => OutgoingDotStuffer.Fitting(buffer.Length - EndLength - _filled);

    private void Add(ReadOnlySpan<byte> piece)
    {
        _taken += piece.Length;
        _filled += _stuffer.Write(piece, buffer.AsSpan(_filled));
    }

    private SmtpClientAnswer? Finish()
    {
        _filled += _stuffer.Finish(buffer.AsSpan(_filled));
        if (_taken != content.Length)
            return new SmtpClientAnswer(null, SmtpFailureKind.Content, "the content does not have the stated length");
        return _stuffer.HasForbidden ? Forbidden : null;
    }

    /// <returns><see langword="null"/> when the block is written and the server is silent.</returns>
    private async ValueTask<Sent?> FlushAsync(Task heard, bool dot)
    {
        if (!dot && _stuffer.HasForbidden)
            return new Sent(DotSent: false, Forbidden);
        if (heard.IsCompleted)
            return new Sent(DotSent: false, await connection.ReadReplyAsync(timeouts.Command));
        var writing = connection.WriteAsync(buffer.AsMemory(0, _filled), timeouts.DataBlock).AsTask();
        _filled = 0;
        if (writing.IsCompleted || await Task.WhenAny(writing, heard) == writing)
        {
            var written = await writing;
            return written.Failed ? new Sent(dot, await connection.ReadLastWordAsync(written)) : null;
        }
        var answer = await connection.ReadReplyAsync(timeouts.Command);
        // With the last block the reply may simply have been quicker than the end of our write. Any other write ends with the connection.
        if (!dot || answer.Reply is not { IsPositive: true })
            connection.Dispose();
        await writing;
        return new Sent(dot, answer);
    }
}
