using System.Diagnostics.Metrics;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>How senders and sender domains are doing.</summary>
public static class HealthMetrics
{
    private static readonly Counter<long> Pauses = RelayMeter.Instance.CreateCounter<long>(
        "outreach_sender_pauses", description: "Pauses begun, of senders and sender domains, by health or by the operator.");

    /// <summary>Adds the gauges to a meter; they look whenever they are asked.</summary>
    public static void Create(Meter meter, SenderHealth health)
    {
        // Tags: status = healthy | degraded | paused | trial.
        meter.CreateObservableGauge("outreach_senders", () => Measure(health.Count(domains: false)), null,
            "Senders of the configuration by status; one that is paused with its domain is paused.");
        // Tags: the same.
        meter.CreateObservableGauge("outreach_sender_domains", () => Measure(health.Count(domains: true)), null,
            "Sender domains of the configuration by status.");
    }

    internal static void Changed(bool isDomain, SenderCondition before, SenderCondition after)
    {
        // Tags: scope = sender | domain, by = health | operator.
        if (after.Status == SenderStatus.Paused && before.Status != SenderStatus.Paused)
            Count(isDomain, "health");
        if (after.Operator is not null && before.Operator is null)
            Count(isDomain, "operator");
    }

    private static void Count(bool isDomain, string by) =>
        Pauses.Add(1, new KeyValuePair<string, object?>("scope", isDomain ? "domain" : "sender"), new KeyValuePair<string, object?>("by", by));

    private static IEnumerable<Measurement<int>> Measure(int[] counts) =>
        Enum.GetValues<SenderStatus>().Select(status => new Measurement<int>(counts[(int)status], new KeyValuePair<string, object?>("status", Word(status))));

    private static string Word(SenderStatus status) => status switch
    {
        SenderStatus.Healthy => "healthy",
        SenderStatus.Degraded => "degraded",
        SenderStatus.Paused => "paused",
        _ => "trial",
    };
}
