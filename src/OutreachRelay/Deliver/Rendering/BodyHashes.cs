using System.Buffers;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>The body hashes of messages that are signed. Each is computed once, however many recipients and attempts a message has.</summary>
/// <remarks>A message's original never changes, so its id stands for its body.</remarks>
public sealed class BodyHashes
{
    // Of each some 200 octets.
    private const int MostKept = 4096;

    private const int ReadLength = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Task<DkimBodyHash>> _hashes = [];
    private readonly Queue<long> _order = [];

    /// <summary>The relaxed hash of a message's body (RFC 6376 §3.4.4).</summary>
    /// <exception cref="IOException">The file that holds it cannot be read.</exception>
    public async ValueTask<DkimBodyHash> OfAsync(StoredMessage message, CancellationToken cancel)
    {
        var hash = Find(message.Id) ?? Add(message);
        try
        {
            return await hash.WaitAsync(cancel);
        }
        catch (Exception) when (hash.IsFaulted)
        {
            Forget(message.Id, hash);
            throw;
        }
    }

    private Task<DkimBodyHash>? Find(long id)
    {
        lock (_gate)
            return _hashes.GetValueOrDefault(id);
    }

    private Task<DkimBodyHash> Add(StoredMessage message)
    {
        // What is in memory takes less than a millisecond: there and then, if need be by several workers.
        var small = message.ContentFile is null ? Task.FromResult(Compute(message)) : null;
        lock (_gate)
        {
            if (_hashes.TryGetValue(message.Id, out var known))
                return known;
            if (_order.Count == MostKept)
                _hashes.Remove(_order.Dequeue());
            // A file is read once, and whoever else needs its hash waits for it; so no single attempt can cancel it.
            var hash = small ?? Task.Run(() => ComputeFromFileAsync(message));
            _hashes.Add(message.Id, hash);
            _order.Enqueue(message.Id);
            return hash;
        }
    }

    private void Forget(long id, Task<DkimBodyHash> failed)
    {
        lock (_gate)
        {
            if (_hashes.GetValueOrDefault(id) == failed)
                _hashes.Remove(id);
        }
    }

    private static DkimBodyHash Compute(StoredMessage message)
    {
        using var hasher = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        hasher.Append(message.Content.Span[MessageRenderer.ReadHeader(message).Length..]);
        return hasher.Complete();
    }

    // Piece by piece: neither memory nor the time for which a thread of the pool is taken depends on the size.
    private static async Task<DkimBodyHash> ComputeFromFileAsync(StoredMessage message)
    {
        using var hasher = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        using var file = File.OpenHandle(message.ContentFile!, options: FileOptions.Asynchronous | FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadLength);
        try
        {
            for (long at = MessageRenderer.ReadHeader(message).Length; await RandomAccess.ReadAsync(file, buffer, at) is > 0 and var read; at += read)
                hasher.Append(buffer.AsSpan(0, read));
            return hasher.Complete();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
