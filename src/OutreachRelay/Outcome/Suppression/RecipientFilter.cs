using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>A set of recipients in memory that may err to one side: whom it does not hold was never added. So that most recipients need no look at the disk.</summary>
/// <remarks>
/// A Bloom filter of blocks, each a cache line, in which a recipient sets one bit of each word (Putze, Sanders, Singler 2007; the words as in Parquet's).
/// At 12 bits a recipient about one stranger in 200 looks like a member. It takes no member out; it grows by further layers, each twice as large as the last.
/// </remarks>
public sealed class RecipientFilter
{
    private const int WordsPerBlock = 8;
    private const int MembersPerBlock = 42;
    private const int LeastCapacity = 1 << 16;

    private readonly Lock _growing = new();
    private volatile Layer[] _layers = [new Layer(LeastCapacity)];

    /// <summary>Octets in use.</summary>
    public long Size => _layers.Sum(static layer => layer.Words.LongLength * sizeof(ulong));

    /// <summary>Makes room at once for so many more members.</summary>
    public void Reserve(long members)
    {
        lock (_growing)
        {
            if (_layers[^1].Capacity - _layers[^1].Count < members)
                _layers = [.. _layers, new Layer(Math.Max(members, LeastCapacity))];
        }
    }

    /// <summary>Adds a recipient; one that seems to be there already takes no room.</summary>
    public void Add(RecipientHash recipient)
    {
        if (MayContain(recipient))
            return;
        var layer = _layers[^1];
        if (Interlocked.Increment(ref layer.Count) > layer.Capacity)
            layer = GrowBeyond(layer);
        layer.Add(recipient);
    }

    public bool MayContain(RecipientHash recipient)
    {
        foreach (var layer in _layers)
        {
            if (layer.MayContain(recipient))
                return true;
        }
        return false;
    }

    private Layer GrowBeyond(Layer full)
    {
        lock (_growing)
        {
            if (_layers[^1] == full)
                _layers = [.. _layers, new Layer(2 * full.Capacity)];
            return _layers[^1];
        }
    }

    private sealed class Layer(long capacity)
    {
        public readonly long Capacity = capacity;
        public readonly ulong[] Words = new ulong[WordsPerBlock * ((capacity + MembersPerBlock - 1) / MembersPerBlock)];
        public long Count;

        // The hash is uniform already: its upper half says which block, the lower one which bit of each word.
        public void Add(RecipientHash recipient)
        {
            var (block, bits) = Place(recipient);
            for (var i = 0; i < WordsPerBlock; i++, bits >>= 6)
                Interlocked.Or(ref Words[block + i], 1UL << (int)(bits & 63));
        }

        public bool MayContain(RecipientHash recipient)
        {
            var (block, bits) = Place(recipient);
            for (var i = 0; i < WordsPerBlock; i++, bits >>= 6)
            {
                if ((Words[block + i] & (1UL << (int)(bits & 63))) == 0)
                    return false;
            }
            return true;
        }

        private (long Block, ulong Bits) Place(RecipientHash recipient)
        {
            var blocks = (ulong)Words.LongLength / WordsPerBlock;
            var block = Math.BigMul((ulong)(recipient.Value >> 64), blocks, out _);
            return ((long)block * WordsPerBlock, (ulong)recipient.Value);
        }
    }
}
