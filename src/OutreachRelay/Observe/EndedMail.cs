using System.Diagnostics.Metrics;
using OutreachRelay.Deliver;

namespace OutreachRelay.Observe;

/// <summary>Counts the entries that attempts bring to an end, by listening to the instrument that counts them.</summary>
internal sealed class EndedMail : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _total;

    public EndedMail()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter == RelayMeter.Instance && instrument.Name == DeliverMetrics.OutcomeEntries)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Count(value, tags));
        _listener.Start();
    }

    /// <summary>Since the start.</summary>
    public long Total => Interlocked.Read(ref _total);

    public void Dispose() => _listener.Dispose();

    private void Count(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, outcome) in tags)
        {
            if (name == DeliverMetrics.Outcome && outcome is "relayed" or "failed" or "dead")
                Interlocked.Add(ref _total, value);
        }
    }
}
