using System.Buffers;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Observe;

/// <summary>Writes families in the Prometheus text format 0.0.4.</summary>
internal readonly struct ExpositionWriter(IBufferWriter<byte> output)
{
    public void Write(MetricFamily family)
    {
        var series = family.Series;
        if (series.Length == 0)
            return;
        Write(family.Header);
        foreach (var one in series)
        {
            if (family.Kind == MetricKind.Histogram)
                WriteHistogram(family, one);
            else
                WriteSample(family.Name, "", one.Text, "", one.Value);
        }
    }

    /// <summary>What the exporter knows of itself.</summary>
    public void WriteOwn(ICollection<MetricFamily> families, long scrapeErrors)
    {
        Write("# HELP outreach_metrics_dropped_total Measurements dropped because their instrument has too many series.\n");
        Write("# TYPE outreach_metrics_dropped_total counter\n");
        WriteSample("outreach_metrics_dropped_total", "", "", "", families.Sum(static family => family.Dropped));
        Write("# HELP outreach_metrics_errors_total Scrapes in which an instrument could not be read.\n");
        Write("# TYPE outreach_metrics_errors_total counter\n");
        WriteSample("outreach_metrics_errors_total", "", "", "", scrapeErrors);
    }

    private void WriteHistogram(MetricFamily family, MetricSeries series)
    {
        Span<long> counts = stackalloc long[family.Bounds.Length + 1];
        // The sum is read last but may still miss, or be ahead by, a measurement in flight; count and buckets always agree.
        series.CopyBuckets(counts);
        long total = 0;
        for (var i = 0; i < family.Bounds.Length; i++)
        {
            total += counts[i];
            WriteSample(family.Name, "_bucket", series.Text, family.Bounds[i].ToString(CultureInfo.InvariantCulture), total);
        }
        total += counts[^1];
        WriteSample(family.Name, "_bucket", series.Text, "+Inf", total);
        WriteSample(family.Name, "_sum", series.Text, "", series.Value);
        WriteSample(family.Name, "_count", series.Text, "", total);
    }

    private void WriteSample(string name, string suffix, string labels, string bound, double value)
    {
        Write(name);
        Write(suffix);
        if (labels.Length + bound.Length > 0)
        {
            Write("{");
            Write(labels);
            if (bound.Length > 0)
            {
                Write(labels.Length > 0 ? ",le=\"" : "le=\"");
                Write(bound);
                Write("\"");
            }
            Write("}");
        }
        Write(" ");
        WriteNumber(value);
        Write("\n");
    }

    private void WriteNumber(double value)
    {
        if (!double.IsFinite(value))
        {
            Write(double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
            return;
        }
        var span = output.GetSpan(32);
        value.TryFormat(span, out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
