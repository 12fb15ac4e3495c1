using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class AlertBookTests : IDisposable
{
    private readonly Meter _meter = new("alerts");
    private readonly LogLines<AlertBook> _log = new();
    private readonly FakeTime _time = new();
    private readonly AlertBook _book;
    private int _changes;

    public AlertBookTests() => _book = new AlertBook(_meter, _time, _log) { Changed = () => Interlocked.Increment(ref _changes) };

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void Raise_Again_KeepsItsTimeAndIsLoggedOnce()
    {
        _book.Raise(AlertName.UpstreamDown, "ses", "upstream ses takes no mail: reset");
        var raised = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(1));
        _book.Raise(AlertName.UpstreamDown, "ses", "upstream ses takes no mail: refused");

        var alert = Assert.Single(_book.Active);
        Assert.Equal((raised, "upstream ses takes no mail: refused", AlertSeverity.Warning), (alert.Since, alert.Text, alert.Severity));
        Assert.Equal(["Error: Alert upstream_down ses: upstream ses takes no mail: reset"], _log.All);
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void Clear_Active_IsLoggedOnce()
    {
        _book.Raise(AlertName.UpstreamDown, "ses", "down");

        _book.Clear(AlertName.UpstreamDown, "other");
        _book.Clear(AlertName.UpstreamDown, "ses");
        _book.Clear(AlertName.UpstreamDown, "ses");

        Assert.Empty(_book.Active);
        Assert.Equal(["Error: Alert upstream_down ses: down", "Information: Alert upstream_down ses is over"], _log.All);
        Assert.Equal(2, _changes);
    }

    [Fact]
    public void Raise_HostileText_IsOneShortInertLine()
    {
        _book.Raise(AlertName.UpstreamDown, "ses", "421 \u001b[31mbusy\r\n\u202e" + new string('x', 10_000));

        var text = Assert.Single(_book.Active).Text;
        Assert.StartsWith(@"421 \x1b[31mbusy\r\n\u202exxx", text);
        Assert.InRange(text.Length, 500, 600);
    }

    [Fact]
    public void Metric_NothingActive_ShowsEveryNameWithZero()
    {
        var text = Scrape();

        Assert.Contains("# TYPE outreach_alerts gauge\n", text);
        Assert.All(AlertNames.All, name => Assert.Contains($"outreach_alerts{{alert=\"{name.Word()}\"}} 0\n", text));
    }

    [Fact]
    public void Metric_Active_CountsByName()
    {
        _book.Raise(AlertName.UpstreamDown, "ses", "down");
        _book.Raise(AlertName.UpstreamDown, "sendgrid", "down");
        _book.Raise(AlertName.StoreUnavailable, "", "full");

        var text = Scrape();

        Assert.Contains("outreach_alerts{alert=\"upstream_down\"} 2\n", text);
        Assert.Contains("outreach_alerts{alert=\"store_unavailable\"} 1\n", text);
        Assert.DoesNotContain("ses", text);
    }

    [Fact]
    public void Raise_MoreThanFit_AddsOneThatSaysSo()
    {
        for (var i = 0; i < 1_000; i++)
            _book.Raise(AlertName.UpstreamDown, $"u{i}", "down");

        Assert.Equal(AlertBook.Capacity + 1, _book.Active.Length);
        Assert.Single(_book.Active, alert => alert is { Name: AlertName.TooManyAlerts, Severity: AlertSeverity.Critical });
        Assert.Equal(AlertBook.Capacity + 1, _log.All.Length);
    }

    [Fact]
    public void Clear_UntilHalfIsFree_ClearsTheOneThatSaysThereAreMore()
    {
        for (var i = 0; i <= AlertBook.Capacity; i++)
            _book.Raise(AlertName.UpstreamDown, $"u{i}", "down");

        for (var i = 0; i < AlertBook.Capacity / 2; i++)
        {
            Assert.Contains(_book.Active, alert => alert.Name == AlertName.TooManyAlerts);
            _book.Clear(AlertName.UpstreamDown, $"u{i}");
        }

        Assert.DoesNotContain(_book.Active, alert => alert.Name == AlertName.TooManyAlerts);
        Assert.Contains("Information: Alert too_many_alerts  is over", _log.All);
    }

    [Fact]
    public void RaiseAndClear_FromManyThreads_EndEmptyAndLogEachRaiseWithItsEnd()
    {
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 500; i++)
            {
                _book.Raise(AlertName.InDoubt, $"{worker % 4}", $"{i}");
                _book.Clear(AlertName.InDoubt, $"{worker % 4}");
            }
        });

        Assert.Empty(_book.Active);
        Assert.Equal(_log.All.Count(line => line.StartsWith("Error", StringComparison.Ordinal)), _log.All.Count(line => line.StartsWith("Information", StringComparison.Ordinal)));
        Assert.Equal(_log.All.Length, _changes);
    }

    private string Scrape()
    {
        // The instruments of a meter are published to who listens, whenever that begins.
        using var metrics = new PrometheusText([_meter]);
        var output = new ArrayBufferWriter<byte>();
        metrics.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
