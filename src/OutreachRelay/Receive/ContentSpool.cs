using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Receive;

/// <summary>Takes the content of one message: in memory up to 256 KiB, from there on in a file, so that large mail costs disk and not memory.</summary>
/// <remarks>
/// The file is written in the store's incoming directory; whoever accepts the message takes it over, otherwise <see cref="Dispose"/> deletes it.
/// A disk that fails or runs full does not end the session: what follows is dropped, and <see cref="CompleteAsync"/> has no content to give.
/// </remarks>
public sealed class ContentSpool(string incomingDirectory) : IContentSink, IBufferWriter<byte>, IDisposable
{
    /// <summary>The most that stays in memory; longer content is a file.</summary>
    public const int MemoryLimit = 256 * 1024;

    private const int FirstBuffer = 8 * 1024;
    private const int FileChunk = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _buffered;
    private FileStream? _file;
    private long _written;
    private IncrementalHash? _hash;
    private bool _has8Bit;

    public IBufferWriter<byte> Writer => this;

    /// <summary>Looked at before each write to the file: what the store will not accept must not use up the space that it keeps back for outcomes.</summary>
    public Func<StoreHealth> Health { get; init; } = static () => StoreHealth.Ready;

    /// <summary>Octets that are kept, and no fewer than <see cref="MemoryLimit"/>; what follows goes by.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Octets so far, with those that went by.</summary>
    public long Length { get; private set; }

    /// <summary>The file's path once the content has outgrown memory; its owner sets it to <see langword="null"/> to keep the file.</summary>
    public string? FilePath { get; set; }

    /// <summary>Why the content could not be kept, or <see langword="null"/>.</summary>
    public Exception? Failure { get; private set; }

    public void Advance(int count)
    {
        _buffered += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsMemory(_buffered);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsSpan(_buffered);
    }

    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        if (_buffered <= MemoryLimit && (_file is null || _buffered < FileChunk))
            return;
        if (Failure is null && Health() is { Status: StoreStatus.DiskNearlyFull or StoreStatus.DiskFull } health)
            Fail(new IOException(health.Reason));
        try
        {
            if (Failure is null)
                await SpillAsync(cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
        _buffered = 0;
    }

    /// <summary>Ends the content.</summary>
    /// <param name="maxHeader">How much of the beginning is wanted when the content is a file.</param>
    /// <returns><see langword="null"/> when it could not be kept; <see cref="Failure"/> says why.</returns>
    public async ValueTask<SpooledContent?> CompleteAsync(int maxHeader, CancellationToken cancel)
    {
        if (Failure is not null)
            return null;
        if (_file is null && Length <= MemoryLimit)
        {
            var content = _buffer.AsSpan(0, _buffered).ToArray();
            return new SpooledContent(content, null, Length, SHA256.HashData(content), !Ascii.IsValid(content));
        }
        try
        {
            await SpillAsync(cancel);
            var head = new byte[(int)Math.Min(maxHeader, _written)];
            _file!.Position = 0;
            await _file.ReadExactlyAsync(head, cancel);
            await _file.DisposeAsync();
            return new SpooledContent(head, FilePath, _written, _hash!.GetHashAndReset(), _has8Bit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
            return null;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _hash?.Dispose();
        DropFile();
    }

    private void Fail(Exception failure)
    {
        Failure = failure;
        DropFile();
    }

    private void DropFile()
    {
        try
        {
            _file?.Dispose();
            if (FilePath is { } path)
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk that failed the content fails its removal too; the store empties the directory at the next start.
        }
        FilePath = null;
    }

    private async ValueTask SpillAsync(CancellationToken cancel)
    {
        if (_file is null)
        {
            var path = Path.Combine(incomingDirectory, Guid.NewGuid().ToString("N"));
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            FilePath = path;
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }
        var kept = _buffer.AsMemory(0, (int)Math.Min(_buffered, Limit - _written));
        _hash!.AppendData(kept.Span);
        _has8Bit = _has8Bit || !Ascii.IsValid(kept.Span);
        await _file.WriteAsync(kept, cancel);
        _written += kept.Length;
        _buffered = 0;
        if (_buffer.Length > 2 * FileChunk)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(2 * FileChunk);
        }
    }

    private void EnsureRoom(int sizeHint)
    {
        var needed = _buffered + Math.Max(sizeHint, 1);
        if (needed <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        _buffer.AsSpan(0, _buffered).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

/// <summary>Complete content.</summary>
/// <param name="Memory">All of it; when <paramref name="File"/> is set, its beginning.</param>
/// <param name="File">The file that holds all of it, or <see langword="null"/>.</param>
/// <param name="Hash">SHA-256 over all octets.</param>
/// <param name="Has8Bit">Whether an octet above 127 is in it.</param>
public sealed record SpooledContent(ReadOnlyMemory<byte> Memory, string? File, long Length, ReadOnlyMemory<byte> Hash, bool Has8Bit);
