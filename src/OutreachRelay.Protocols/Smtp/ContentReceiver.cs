using System.Buffers;
using System.Runtime.CompilerServices;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Moves content from the transport through a <see cref="ContentReader"/> into the handler's sink, as fast as both go.</summary>
internal sealed class ContentReceiver(SmtpServerTransport transport, SmtpServerOptions options)
{
    private TimeSpan _allowance;

    /// <param name="onRefused">Called once, as soon as the content is known to be refused; the sink is not used any more then.</param>
    /// <returns>Ready when the end of data was found, or when <see cref="IsEndless"/>.</returns>
    public async ValueTask<SmtpServerWait> ReceiveAsync(IContentSink sink, ContentReader reader, Action onRefused)
    {
        _allowance = options.DataTimeout;
        var isRefused = false;
        while (true)
        {
            // 1 Take what is there; wait only if nothing is.
            if (await ReadAsync() is not SmtpServerWait.Ready and var wait)
                return wait;
            // 2 All of it is consumed, so the transport never holds more than its own limit.
            Earn(transport.Buffer.Length);
            var isEnd = reader.Read(transport.Buffer, sink.Writer, out var consumed);
            var isCompleted = transport.IsCompleted;
            transport.Advance(consumed);
            // 3 What is refused frees its space at once; what is not goes on to the sink.
            if (reader.Defect == ContentDefect.None)
                await sink.FlushAsync(transport.Abort);
            else if (!isRefused)
                onRefused();
            isRefused = reader.Defect != ContentDefect.None;
            // 4 The end, or no hope of it.
            if (isEnd || IsEndless(reader))
                return SmtpServerWait.Ready;
            if (isCompleted)
                return SmtpServerWait.Disconnected;
        }
    }

    /// <summary>As <see cref="ReceiveAsync"/>, for a chunk of so many octets.</summary>
    /// <returns>Ready when all of them were read.</returns>
    public async ValueTask<SmtpServerWait> ReceiveChunkAsync(IContentSink sink, ContentReader reader, long octets, Action onRefused)
    {
        _allowance = options.DataTimeout;
        var isRefused = reader.Defect != ContentDefect.None;
        while (octets > 0)
        {
            if (await ReadAsync() is not SmtpServerWait.Ready and var wait)
                return wait;
            var chunk = TakeUpTo(octets);
            var length = chunk.Length;
            octets -= length;
            reader.Read(chunk, sink.Writer, out _);
            transport.Advance(chunk.End);
            if (reader.Defect == ContentDefect.None)
                await sink.FlushAsync(transport.Abort);
            else if (!isRefused)
                onRefused();
            isRefused = reader.Defect != ContentDefect.None;
            if (length == 0 && transport.IsCompleted)
                return SmtpServerWait.Disconnected;
        }
        return SmtpServerWait.Ready;
    }

    /// <summary>Reads and drops a chunk.</summary>
    public async ValueTask<SmtpServerWait> DiscardAsync(long octets)
    {
        _allowance = options.DataTimeout;
        while (octets > 0)
        {
            if (await ReadAsync() is not SmtpServerWait.Ready and var wait)
                return wait;
            var chunk = TakeUpTo(octets);
            var length = chunk.Length;
            octets -= length;
            transport.Advance(chunk.End);
            if (length == 0 && transport.IsCompleted)
                return SmtpServerWait.Disconnected;
        }
        return SmtpServerWait.Ready;
    }

    private ReadOnlySequence<byte> TakeUpTo(long octets)
    {
        var chunk = transport.Buffer.Length <= octets ? transport.Buffer : transport.Buffer.Slice(0, octets);
        Earn(chunk.Length);
        return chunk;
    }

    public bool IsEndless(ContentReader reader) => reader.Drained > options.MaxDrainedContent;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpServerWait> ReadAsync()
    {
        var wait = transport.TryRead(SmtpServerTransport.Awaited.Content, out var hasRead);
        if (hasRead || wait != SmtpServerWait.Ready)
            return wait;
        wait = await transport.FlushAsync();
        if (wait != SmtpServerWait.Ready)
            return wait;
        var start = transport.Deadline.Now;
        wait = await transport.ReadAsync(SmtpServerTransport.Awaited.Content, transport.Deadline.After(start, _allowance));
        _allowance -= transport.Deadline.Since(start);
        return wait;
    }

    // A peer that keeps to the least rate never runs out of time; one that trickles does, although each single octet comes soon enough.
    private void Earn(long octets)
    {
        var earned = _allowance + TimeSpan.FromSeconds((double)octets / options.MinDataRate);
        _allowance = earned < options.DataTimeout ? earned : options.DataTimeout;
    }
}
