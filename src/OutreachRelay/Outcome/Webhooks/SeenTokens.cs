using System.Security.Cryptography;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Tokens whose signature says nothing of the body that came with it: one that comes again must come with the same. Bounded; thread-safe.</summary>
internal sealed class SeenTokens
{
    /// <summary>Beyond it the oldest are forgotten; the events' own keys still tell what is on disk.</summary>
    public const int Capacity = 50_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Int128> _bodies = [];
    private readonly Queue<string> _order = [];

    /// <returns>Whether the token is new, or came with this very body before.</returns>
    public bool TryUse(string token, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        var digest = System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(hash);
        lock (_gate)
        {
            if (_bodies.TryGetValue(token, out var known))
                return known == digest;
            if (_order.Count >= Capacity)
                _bodies.Remove(_order.Dequeue());
            _bodies[token] = digest;
            _order.Enqueue(token);
            return true;
        }
    }
}
