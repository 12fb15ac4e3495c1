namespace OutreachRelay.Observe;

/// <summary>One set of label values of a family. Recording is lock-free and does not allocate.</summary>
internal sealed class MetricSeries
{
    private readonly double[] _bounds;
    private readonly long[] _buckets;
    private long _whole;
    private double _fraction;

    /// <param name="labels">Names and values in the order in which the first measurement gave them.</param>
    /// <param name="text">What stands between the braces, escaped; empty when there are no labels.</param>
    /// <param name="bounds">Upper bounds of a histogram's buckets, ascending; empty for other kinds.</param>
    public MetricSeries(KeyValuePair<string, string>[] labels, int hash, string text, double[] bounds)
    {
        Labels = labels;
        Hash = hash;
        Text = text;
        _bounds = bounds;
        _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    }

    public KeyValuePair<string, string>[] Labels { get; }
    public int Hash { get; }
    public string Text { get; }

    /// <summary>The sum of what was added, or what was set last.</summary>
    public double Value => Interlocked.Read(ref _whole) + Volatile.Read(ref _fraction);

    public void Add(long value) => Interlocked.Add(ref _whole, value);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _fraction);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _fraction, seen + value, seen);
            // Compared by bits: NaN differs from itself and would never end the loop.
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen))
                return;
            seen = before;
        }
    }

    public void Set(double value) => Interlocked.Exchange(ref _fraction, value);

    public void Observe(double value)
    {
        if (double.IsNaN(value))
            return;
        var index = Array.BinarySearch(_bounds, value);
        Interlocked.Increment(ref _buckets[index < 0 ? ~index : index]);
        Add(value);
    }

    /// <summary>Copies the counts per bucket, not yet cumulated; the last one is beyond the highest bound.</summary>
    public void CopyBuckets(Span<long> counts)
    {
        for (var i = 0; i < _buckets.Length; i++)
            counts[i] = Interlocked.Read(ref _buckets[i]);
    }
}
