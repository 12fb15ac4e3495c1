using System.Buffers;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Takes octets in pieces of any size and keeps nothing of them but their SHA-256 digest.</summary>
/// <param name="limit">How many octets count; what is written beyond them is counted, not digested.</param>
internal sealed class DigestWriter(long limit = long.MaxValue) : IBufferWriter<byte>, IDisposable
{
    // Canonical forms come word by word; digesting each would cost more than the digest.
    private const int BufferLength = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _used;
    private long _left = limit;
    private bool _isDisposed;

    /// <summary>The octets written, those beyond the limit included.</summary>
    public long Length { get; private set; }

    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_used);
    }

    /// <summary>The digest of all that was written; the next octet begins a new one.</summary>
    public byte[] Finish()
    {
        Flush();
        return _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void MakeRoom(int sizeHint)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeHint, BufferLength);
        if (_buffer.Length - _used < Math.Max(1, sizeHint))
            Flush();
    }

    private void Flush()
    {
        var counts = (int)Math.Min(_used, _left);
        _hash.AppendData(_buffer, 0, counts);
        _left -= counts;
        _used = 0;
    }
}
