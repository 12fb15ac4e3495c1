using System.Diagnostics.Metrics;
using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>What upstreams have carried of what they may, and how fast they get mail. Read from memory whenever it is asked for.</summary>
public sealed class UpstreamMetrics
{
    private readonly Schedule _schedule;
    private readonly UpstreamBudgets _budgets;

    public UpstreamMetrics(Meter meter, Schedule schedule, UpstreamBudgets budgets)
    {
        (_schedule, _budgets) = (schedule, budgets);
        // Tags of all: upstream = a name of the configuration; period = day | month, in UTC.
        meter.CreateObservableGauge("outreach_upstream_messages", Messages, null, "Attempts begun this day and month, by upstream.");
        meter.CreateObservableGauge("outreach_upstream_limit", Limits, null, "The most of them, by upstream; none where there is no limit.");
        meter.CreateObservableGauge("outreach_upstream_spend", () => Spends(static use => (double)use.Spend), null,
            "What this month's attempts cost, by upstream with a price.");
        meter.CreateObservableGauge("outreach_upstream_budget_share", () => Spends(static use => use.SpentShare), null,
            "The share of this month's money budget that is used, by upstream with a budget.");
        meter.CreateObservableGauge("outreach_upstream_rate_level", RateLevels, null, "Messages that the rate lets through at once now, by upstream with a rate.");
        // Tags: upstream, quantile = 0.5 | 0.9.
        meter.CreateObservableGauge("outreach_upstream_probe_seconds", ProbeTimes, null, "How long probes took of late, from connecting to the answer to EHLO or AUTH.");
        meter.CreateObservableGauge("outreach_upstream_slow", Slow, null, "1 while an upstream keeps mail waiting, so that others of its tier go before it.");
        meter.CreateObservableGauge("outreach_upstream_concurrency", Concurrencies, null, "Attempts that an upstream gets at a time.");
    }

    private IEnumerable<Measurement<long>> Messages() => Each((model, use) => new Measurement<long>[]
    {
        new(use.Today, Tag(model), Day), new(use.Month, Tag(model), Month),
    });

    private IEnumerable<Measurement<long>> Limits() => Each((model, use) => new Measurement<long>[]
    {
        new(use.Limits.Day(use.Date), Tag(model), Day), new(use.Limits.Month, Tag(model), Month),
    }.Where(static limit => limit.Value < long.MaxValue));

    private IEnumerable<Measurement<double>> Spends(Func<UpstreamUse, double?> figure) => Each((model, use) =>
        use.Limits.PricePer1000 is not null && figure(use) is { } value ? [new Measurement<double>(value, Tag(model))] : Array.Empty<Measurement<double>>());

    private IEnumerable<Measurement<double>> RateLevels() => _schedule.Upstreams()
        .Where(static upstream => upstream.Rate.IsLimited)
        .Select(upstream => new Measurement<double>(_schedule.Pace(upstream).Level, Tag(upstream.Model)));

    private IEnumerable<Measurement<int>> Concurrencies() =>
        _schedule.Upstreams().Select(upstream => new Measurement<int>(_schedule.Pace(upstream).Concurrency, Tag(upstream.Model)));

    private IEnumerable<Measurement<int>> Slow() =>
        _schedule.Upstreams().Select(static upstream => new Measurement<int>(upstream.IsSlow ? 1 : 0, Tag(upstream.Model)));

    private IEnumerable<Measurement<double>> ProbeTimes() =>
        from upstream in _schedule.Upstreams()
        from share in (double[])[0.5, 0.9]
        let time = upstream.ProbeTimes.Quantile(share)
        where time is not null
        select new Measurement<double>(time.Value.TotalSeconds, Tag(upstream.Model), new("quantile", share.ToString(CultureInfo.InvariantCulture)));

    private IEnumerable<T> Each<T>(Func<UpstreamModel, UpstreamUse, IEnumerable<T>> measure) =>
        _schedule.Upstreams().SelectMany(upstream => measure(upstream.Model, _budgets.Use(upstream.Model)));

    private static KeyValuePair<string, object?> Day => new("period", "day");

    private static KeyValuePair<string, object?> Month => new("period", "month");

    private static KeyValuePair<string, object?> Tag(UpstreamModel model) => new("upstream", model.Name);
}
