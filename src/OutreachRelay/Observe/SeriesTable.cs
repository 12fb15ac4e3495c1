namespace OutreachRelay.Observe;

/// <summary>The series of one family by their label values: found without lock or allocation, added under a lock, bounded.</summary>
/// <remarks>Open addressing in an array of which at most half is used; a full one is replaced by a larger copy, so readers never see a half-made one.</remarks>
internal sealed class SeriesTable(int maxSeries, double[] bounds)
{
    private readonly Lock _adding = new();
    private MetricSeries?[] _slots = new MetricSeries?[8];
    private int _count;

    /// <returns>The series, or <see langword="null"/> when the table is full.</returns>
    public MetricSeries? FindOrAdd(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = Hash(tags);
        return Find(Volatile.Read(ref _slots), hash, tags) ?? Add(hash, tags);
    }

    /// <summary>All series there are now, sorted by their text so that two scrapes have the same order.</summary>
    public MetricSeries[] ToSortedArray()
    {
        var all = Array.FindAll(Volatile.Read(ref _slots), static series => series is not null);
        Array.Sort(all, static (left, right) => string.CompareOrdinal(left!.Text, right!.Text));
        return all!;
    }

    /// <summary>Forgets all series: what an observable instrument no longer reports must not linger.</summary>
    public void Clear()
    {
        lock (_adding)
        {
            Volatile.Write(ref _slots, new MetricSeries?[8]);
            _count = 0;
        }
    }

    private MetricSeries? Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            if (Find(_slots, hash, tags) is { } added)
                return added;
            if (_count == maxSeries)
                return null;
            if (++_count * 2 > _slots.Length)
                Volatile.Write(ref _slots, Grow(_slots));
            var series = new MetricSeries(LabelText.Copy(tags), hash, LabelText.Write(tags), bounds);
            Place(_slots, series);
            return series;
        }
    }

    private static MetricSeries?[] Grow(MetricSeries?[] slots)
    {
        var larger = new MetricSeries?[slots.Length * 2];
        foreach (var series in slots)
        {
            if (series is not null)
                Place(larger, series);
        }
        return larger;
    }

    private static void Place(MetricSeries?[] slots, MetricSeries series)
    {
        var i = series.Hash & (slots.Length - 1);
        while (slots[i] is not null)
            i = (i + 1) & (slots.Length - 1);
        Volatile.Write(ref slots[i], series);
    }

    private static MetricSeries? Find(MetricSeries?[] slots, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var i = hash & (slots.Length - 1); Volatile.Read(ref slots[i]) is { } series; i = (i + 1) & (slots.Length - 1))
        {
            if (series.Hash == hash && Matches(series.Labels, tags))
                return series;
        }
        return null;
    }

    // A sum, because the same tags in another order are the same series.
    private static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = 0;
        foreach (var (name, value) in tags)
            hash += HashCode.Combine(name, LabelText.ValueOf(value));
        return hash;
    }

    private static bool Matches(KeyValuePair<string, string>[] labels, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (labels.Length != tags.Length)
            return false;
        for (var i = 0; i < tags.Length; i++)
        {
            if (!Matches(labels[i], tags[i]) && !Array.Exists(labels, Matcher(tags[i])))
                return false;
        }
        return true;
    }

    private static bool Matches(KeyValuePair<string, string> label, KeyValuePair<string, object?> tag) =>
        label.Key == tag.Key && label.Value == LabelText.ValueOf(tag.Value);

    private static Predicate<KeyValuePair<string, string>> Matcher(KeyValuePair<string, object?> tag) => label => Matches(label, tag);
}
