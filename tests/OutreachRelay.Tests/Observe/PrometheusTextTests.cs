using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new("test");
    private readonly PrometheusText _text;

    public PrometheusTextTests() => _text = new PrometheusText([_meter], maxSeries: 4);

    public void Dispose()
    {
        _text.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Write_AllKinds_IsTheExpectedText()
    {
        var accepted = _meter.CreateCounter<long>("outreach_accepted", "{message}", "Messages accepted.");
        accepted.Add(2, new KeyValuePair<string, object?>("client", "crm"), new KeyValuePair<string, object?>("result", "ok"));
        accepted.Add(3, new KeyValuePair<string, object?>("result", "ok"), new KeyValuePair<string, object?>("client", "crm"));
        accepted.Add(1, new KeyValuePair<string, object?>("client", "b"), new KeyValuePair<string, object?>("result", "ok"));
        _meter.CreateHistogram<double>("outreach_wait", "s", "Wait.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] }).Record(0.5);
        _meter.CreateObservableGauge("outreach_size", () => 1.5, "By", "Size\nof \\ it.");
        _meter.CreateUpDownCounter<int>("outreach_open").Add(-1);

        Assert.Equal("""
            # HELP outreach_accepted_total Messages accepted.
            # TYPE outreach_accepted_total counter
            outreach_accepted_total{client="b",result="ok"} 1
            outreach_accepted_total{client="crm",result="ok"} 5
            # HELP outreach_open 
            # TYPE outreach_open gauge
            outreach_open -1
            # HELP outreach_size_bytes Size\nof \\ it.
            # TYPE outreach_size_bytes gauge
            outreach_size_bytes 1.5
            # HELP outreach_wait_seconds Wait.
            # TYPE outreach_wait_seconds histogram
            outreach_wait_seconds_bucket{le="0.5"} 1
            outreach_wait_seconds_bucket{le="1"} 1
            outreach_wait_seconds_bucket{le="+Inf"} 1
            outreach_wait_seconds_sum 0.5
            outreach_wait_seconds_count 1

            """, WithoutOwn());
    }

    [Fact]
    public void O21_LabelValueWithQuoteBackslashAndNewline_IsEscaped()
    {
        _meter.CreateCounter<long>("c").Add(1, new KeyValuePair<string, object?>("client", "a\"b\\n{}\n"));

        Assert.Contains("c_total{client=\"a\\\"b\\\\n{}\\n\"} 1\n", Write());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\\")]
    [InlineData("\\\\n")]
    [InlineData("\"\n\r\t{}=,ü\u2028")]
    public void O21_AnyLabelValue_ReadsBackAsItWas(string value)
    {
        _meter.CreateCounter<long>("c").Add(1, new KeyValuePair<string, object?>("v", value));

        var line = Assert.Single(Write().Split('\n'), line => line.StartsWith("c_total{"));
        Assert.Equal(value, Unescape(line["c_total{v=\"".Length..^"\"} 1".Length]));
    }

    [Fact]
    public void O20_TooManySeries_AreDroppedAndCounted()
    {
        var counter = _meter.CreateCounter<long>("c");
        for (var i = 0; i < 10; i++)
            counter.Add(1, new KeyValuePair<string, object?>("n", i));

        var text = Write();

        Assert.Equal(4, text.Split('\n').Count(line => line.StartsWith("c_total{")));
        Assert.Contains("outreach_metrics_dropped_total 6\n", text);
    }

    [Fact]
    public void ObservedSeries_NoLongerReported_IsGone()
    {
        var names = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("g", () => names.Select(name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name))));
        Assert.Contains("g{name=\"b\"} 1", Write());

        names.Remove("b");

        Assert.DoesNotContain("name=\"b\"", Write());
    }

    [Fact]
    public void ObservableThatThrows_LeavesTheOthers()
    {
        _meter.CreateObservableGauge("a", Measurement<int> () => throw new IOException());
        _meter.CreateObservableGauge("b", () => 7);

        var text = Write();

        Assert.Contains("b 7\n", text);
        Assert.Contains("outreach_metrics_errors_total 1\n", text);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(1e21, "1E+21")]
    public void Gauge_OddNumber_HasTheFormatsSpelling(double value, string expected)
    {
        _meter.CreateGauge<double>("g").Record(value);

        Assert.Contains($"g {expected}\n", Write());
    }

    [Fact]
    public void Counter_NegativeStep_IsIgnored()
    {
        var counter = _meter.CreateCounter<long>("c");
        counter.Add(5);
        counter.Add(-3);

        Assert.Contains("c_total 5\n", Write());
    }

    [Fact]
    public void TwoInstrumentsOfOneName_ShareTheFamily()
    {
        _meter.CreateCounter<long>("c").Add(1);
        _meter.CreateCounter<long>("c", description: "again").Add(2);

        Assert.Contains("c_total 3\n", Write());
    }

    [Fact]
    public void OtherMeter_IsNotShown()
    {
        using var other = new Meter("other");
        other.CreateCounter<long>("c").Add(1);

        Assert.DoesNotContain("c_total", Write());
    }

    [Fact]
    public void Record_FromManyThreads_LosesNothing()
    {
        var counter = _meter.CreateCounter<long>("c");
        var seconds = _meter.CreateHistogram<double>("h", "s");

        Parallel.For(0, 40_000, i =>
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i % 4));
            seconds.Record(0.25);
        });

        var text = Write();
        for (var n = 0; n < 4; n++)
            Assert.Contains($"c_total{{n=\"{n}\"}} 10000\n", text);
        Assert.Contains("h_seconds_sum 10000\nh_seconds_count 40000\n", text);
    }

    [Fact]
    public void Record_KnownSeries_AllocatesNothing()
    {
        var counter = _meter.CreateCounter<long>("c");
        Add();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Add();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Add() => counter.Add(1, new KeyValuePair<string, object?>("client", "crm"), new KeyValuePair<string, object?>("result", "ok"));
    }

    [Fact]
    public void ProcessMetrics_Written_HaveTheUsualNames()
    {
        using var process = new ProcessMetrics(TimeProvider.System);
        using var text = new PrometheusText([process.Meter]);
        var output = new ArrayBufferWriter<byte>();
        text.WriteTo(output);

        var written = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Matches("process_resident_memory_bytes [1-9]", written);
        Assert.Matches("process_cpu_seconds_total [0-9]", written);
        Assert.Matches("process_start_time_seconds [1-9]", written);
        Assert.Contains("dotnet_gc_collections_total{generation=\"0\"}", written);
    }

    [Fact]
    public void O1_ModelMetrics_AfterARefusedReload_KeepTheVersion()
    {
        var state = new RelayState(Models.Relay(Models.Sender("ann@example.com")), new FakeTime());
        ModelMetrics.Create(_meter, state, "0.1.0");
        Assert.Contains("outreach_reload_success 1\n", Write());
        state.Refuse("relay.toml:3:1: error: unknown key");

        var text = Write();

        Assert.Contains("outreach_build_info{version=\"0.1.0\"} 1\n", text);
        Assert.Contains("outreach_model_info{version=\"000000000000\"} 1\n", text);
        Assert.Contains("outreach_reload_success 0\n", text);
    }

    // As the format's definition reads: no quote or line feed but behind a backslash.
    private static string Unescape(string escaped)
    {
        var text = new StringBuilder();
        for (var i = 0; i < escaped.Length; i++)
        {
            Assert.NotEqual('"', escaped[i]);
            text.Append(escaped[i] != '\\' ? escaped[i] : escaped[++i] == 'n' ? '\n' : escaped[i]);
        }
        return text.ToString();
    }

    private string Write()
    {
        var output = new ArrayBufferWriter<byte>();
        _text.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private string WithoutOwn()
    {
        var text = Write();
        return text[..text.IndexOf("# HELP outreach_metrics_")];
    }
}
