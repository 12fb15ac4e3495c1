namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Entries that wait for one of an upstream's workers: clients take turns by their weights, and within a client its directions by theirs.</summary>
/// <remarks>
/// Start-time fair queueing: who was served least for its weight is next. Who comes back after a pause starts where the others are, so that
/// nobody saves up turns. Not thread-safe: the schedule's lock.
/// </remarks>
public sealed class FairQueue
{
    private readonly Turns<string, Turns<DirectionQueue, Line>> _clients = new(static () => new Turns<DirectionQueue, Line>(static () => new Line()));

    public int Count { get; private set; }

    /// <summary>How many of a direction wait.</summary>
    public int CountOf(DirectionQueue direction) => _clients.Find(direction.Client)?.Find(direction)?.Entries.Count ?? 0;

    public void Enqueue(ReadyEntry entry)
    {
        _clients.Join(entry.Home.Client).Join(entry.Home).Entries.Enqueue(entry);
        Count++;
    }

    /// <summary>The next entry, or <see langword="null"/> when none waits.</summary>
    public ReadyEntry? Dequeue()
    {
        if (_clients.Next() is not { } client || client.Next() is not { } direction)
            return null;
        var entry = direction.Entries.Dequeue();
        client.Serve(direction, entry.Home.Weight);
        _clients.Serve(client, entry.Home.ClientWeight);
        Count--;
        return entry;
    }

    private abstract class Share
    {
        /// <summary>Turns taken, each divided by the weight.</summary>
        public double Served { get; set; }

        public abstract bool IsEmpty { get; }
    }

    private sealed class Line : Share
    {
        public Queue<ReadyEntry> Entries { get; } = [];

        public override bool IsEmpty => Entries.Count == 0;
    }

    // Clients and directions are few, and named by configurations: they stay, and a walk over them is short.
    private sealed class Turns<TKey, TShare>(Func<TShare> make) : Share
        where TKey : notnull
        where TShare : Share
    {
        private readonly Dictionary<TKey, TShare> _shares = [];
        private double _now;

        public override bool IsEmpty => _shares.Values.All(static share => share.IsEmpty);

        public TShare? Find(TKey key) => _shares.GetValueOrDefault(key);

        public TShare Join(TKey key)
        {
            if (!_shares.TryGetValue(key, out var share))
                _shares[key] = share = make();
            if (share.IsEmpty)
                share.Served = Math.Max(share.Served, _now);
            return share;
        }

        public TShare? Next()
        {
            TShare? least = null;
            foreach (var share in _shares.Values)
            {
                if (!share.IsEmpty && (least is null || share.Served < least.Served))
                    least = share;
            }
            return least;
        }

        public void Serve(TShare share, double weight)
        {
            _now = share.Served;
            share.Served += 1 / weight;
        }
    }
}
