using System.IO.Pipelines;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Knows whether somebody waits for input.</summary>
internal sealed class WatchedReader(PipeReader inner) : PipeReader
{
    private volatile bool _isAwaited;

    public bool IsAwaited => _isAwaited;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var read = inner.ReadAsync(cancellationToken);
            _isAwaited = !read.IsCompleted;
            return await read;
        }
        finally
        {
            _isAwaited = false;
        }
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}

/// <summary>Counts how often it is flushed.</summary>
internal sealed class WatchedWriter(PipeWriter inner) : PipeWriter
{
    private volatile int _flushes;

    public int Flushes => _flushes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _flushes);
        return inner.FlushAsync(cancellationToken);
    }

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
