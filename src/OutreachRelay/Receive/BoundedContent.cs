using System.Buffers;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>Keeps the beginning of content in memory, and lets the rest go by: what a report says stands before what it returns.</summary>
public sealed class BoundedContent(int limit) : IContentSink, IBufferWriter<byte>, IDisposable
{
    private const int FirstBuffer = 8 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _length;

    public IBufferWriter<byte> Writer => this;

    /// <summary>What was kept: at most the limit.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Math.Min(_length, limit));

    public ValueTask FlushAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsSpan(_length);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void EnsureRoom(int sizeHint)
    {
        // What is beyond the limit is written over.
        _length = Math.Min(_length, limit);
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
