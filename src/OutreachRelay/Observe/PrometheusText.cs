using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace OutreachRelay.Observe;

/// <summary>
/// Aggregates the instruments of some meters and writes them as Prometheus text, format 0.0.4. Recording costs a hash over the tags and an
/// interlocked addition; it neither locks nor allocates once a series is known. Observable instruments are read when the text is written.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Series that one instrument may have; measurements of further ones are dropped and counted.</summary>
    public const int DefaultMaxSeries = 2000;

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _scraping = new();
    private readonly Meter[] _meters;
    private readonly int _maxSeries;
    private long _scrapeErrors;

    public PrometheusText(ReadOnlySpan<Meter> meters, int maxSeries = DefaultMaxSeries)
    {
        _meters = meters.ToArray();
        _maxSeries = maxSeries;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((MetricFamily)state!).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((MetricFamily)state!).Record((long)value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((MetricFamily)state!).Record((double)value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((MetricFamily)state!).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>Writes all families, sorted by name, in UTF-8 with LF line ends. Concurrent calls take turns.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        lock (_scraping)
        {
            ReadObservables();
            var writer = new ExpositionWriter(output);
            foreach (var family in _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal))
                writer.Write(family);
            writer.WriteOwn(_families.Values, Interlocked.Read(ref _scrapeErrors));
        }
    }

    public void Dispose() => _listener.Dispose();

    private void ReadObservables()
    {
        foreach (var family in _families.Values)
            family.BeginScrape();
        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // One gauge that cannot be read must not hide the others, which have been read by now.
            Interlocked.Increment(ref _scrapeErrors);
        }
    }

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (Array.IndexOf(_meters, instrument.Meter) < 0 || MetricName.KindOf(instrument) is not { } kind)
            return;
        // Instruments of one name share a family: a name may stand only once in the text.
        var name = MetricName.Of(instrument, kind);
        var family = _families.GetOrAdd(name, static (name, made) => new MetricFamily(made.instrument, made.kind, name, made.max), (instrument, kind, max: _maxSeries));
        if (family.Kind == kind && family.IsObservable == instrument.IsObservable)
            listener.EnableMeasurementEvents(instrument, family);
    }
}
