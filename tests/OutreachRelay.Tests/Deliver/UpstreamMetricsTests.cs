using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver;
using OutreachRelay.Observe;
using OutreachRelay.Store;
using OutreachRelay.Tests.Http;

namespace OutreachRelay.Tests.Deliver;

public sealed class UpstreamMetricsTests
{
    [Fact]
    public void Write_Upstreams_HaveTheirUseAndLimits()
    {
        var time = new FakeTime();
        var store = new FakeStore();
        var parts = new RotationParts(time, store);
        var limits = new UpstreamLimits { Daily = 100, PricePer1000 = 10, MonthlyBudget = 5 };
        var priced = Models.Upstream("ses") with { Limits = limits, Rate = new Rate(2, TimeSpan.FromSeconds(1)) };
        var model = Models.Relay(Models.Client(Models.Direction(Models.Pool(Models.Sender("a@x.example")), priced, Models.Upstream("plain"))));
        var schedule = new Schedule(new RelayState(model, time), store, parts.Rotation, parts.Gates, parts.Budgets, time);
        schedule.Apply(model);
        using var meter = new Meter("test");
        using var text = new PrometheusText([meter]);
        _ = new UpstreamMetrics(meter, schedule, parts.Budgets);

        time.Advance(TimeSpan.FromMilliseconds(500));
        parts.Ledger.Publish([.. parts.Budgets.Claims(priced).Zip([40L, 400L], (claim, used) => new CounterValue(claim.Key, used))]);

        var output = new ArrayBufferWriter<byte>();
        text.WriteTo(output);
        var written = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n').Where(line => line.StartsWith("outreach_upstream_", StringComparison.Ordinal));
        Assert.Equal(
            [
                "outreach_upstream_budget_share{upstream=\"ses\"} 0.8",
                "outreach_upstream_concurrency{upstream=\"plain\"} 4",
                "outreach_upstream_concurrency{upstream=\"ses\"} 4",
                "outreach_upstream_limit{period=\"day\",upstream=\"ses\"} 100",
                "outreach_upstream_limit{period=\"month\",upstream=\"ses\"} 500",
                "outreach_upstream_messages{period=\"day\",upstream=\"plain\"} 0",
                "outreach_upstream_messages{period=\"day\",upstream=\"ses\"} 40",
                "outreach_upstream_messages{period=\"month\",upstream=\"plain\"} 0",
                "outreach_upstream_messages{period=\"month\",upstream=\"ses\"} 400",
                "outreach_upstream_rate_level{upstream=\"ses\"} 1",
                "outreach_upstream_slow{upstream=\"plain\"} 0",
                "outreach_upstream_slow{upstream=\"ses\"} 0",
                "outreach_upstream_spend{upstream=\"ses\"} 4",
            ], written);
    }
}
