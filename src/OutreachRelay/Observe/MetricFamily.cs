using System.Diagnostics.Metrics;
using System.Text;

namespace OutreachRelay.Observe;

/// <summary>All series under one exposed name.</summary>
internal sealed class MetricFamily
{
    private readonly bool _accumulates;
    private readonly SeriesTable _series;
    private long _dropped;

    public MetricFamily(Instrument instrument, MetricKind kind, string name, int maxSeries)
    {
        Name = name;
        Kind = kind;
        IsObservable = instrument.IsObservable;
        // Observable counters and gauges report where they stand; the others report by how much they changed.
        _accumulates = !IsObservable && instrument.GetType().GetGenericTypeDefinition() != typeof(Gauge<>);
        Bounds = kind == MetricKind.Histogram ? HistogramBounds.Of(instrument) : [];
        _series = new SeriesTable(maxSeries, Bounds);
        Header = WriteHeader(instrument.Description);
    }

    public string Name { get; }
    public MetricKind Kind { get; }
    public bool IsObservable { get; }
    public double[] Bounds { get; }

    /// <summary>The <c># HELP</c> and <c># TYPE</c> lines, each with its line feed.</summary>
    public string Header { get; }

    /// <summary>Measurements that found no room for their series.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public MetricSeries[] Series => _series.ToSortedArray();

    public void Record(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Kind == MetricKind.Histogram || !_accumulates)
            Record((double)value, tags);
        else if (Admit(value, tags) is { } series)
            series.Add(value);
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Admit(value, tags) is not { } series)
            return;
        if (Kind == MetricKind.Histogram)
            series.Observe(value);
        else if (_accumulates)
            series.Add(value);
        else
            series.Set(value);
    }

    /// <summary>Before the observable instruments are read: only what they report now is to be shown.</summary>
    public void BeginScrape()
    {
        if (IsObservable)
            _series.Clear();
    }

    private MetricSeries? Admit(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // A counter never falls; a scraper would read that as a restart.
        if (Kind == MetricKind.Counter && value < 0)
            return null;
        var series = _series.FindOrAdd(tags);
        if (series is null)
            Interlocked.Increment(ref _dropped);
        return series;
    }

    private string WriteHeader(string? description)
    {
        var text = new StringBuilder("# HELP ").Append(Name).Append(' ');
        LabelText.Escape(text, description ?? "", escapeQuote: false);
        return text.Append("\n# TYPE ").Append(Name).Append(' ').Append(TypeName).Append('\n').ToString();
    }

    private string TypeName => Kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };
}
