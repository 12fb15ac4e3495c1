using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Policy.Preflight;

/// <summary>How sender domains stand before their mail leaves.</summary>
public static class PreflightMetrics
{
    // Tags: result = pass | fail | unknown | dns_failed.
    private static readonly Counter<long> Checks = RelayMeter.Instance.CreateCounter<long>(
        "outreach_preflight_checks", description: "Looks at a sender domain at an upstream, by verdict; dns_failed where DNS kept something back.");

    /// <summary>Adds the gauge to a meter; it looks whenever it is asked.</summary>
    public static void Create(Meter meter, PreflightState state) =>
        // Tags: verdict = pass | fail | unknown.
        meter.CreateObservableGauge("outreach_preflight_verdicts", () => Measure(state), null,
            "Pairs of a sender domain and an upstream by verdict; none while preflight is off.");

    internal static void Checked(PreflightReport report) =>
        Checks.Add(1, new KeyValuePair<string, object?>("result", report.IsDoubtful ? "dns_failed" : Word(report.Verdict)));

    private static IEnumerable<Measurement<int>> Measure(PreflightState state)
    {
        var reports = state.Reports();
        return Enum.GetValues<PreflightVerdict>().Select(verdict => new Measurement<int>(
            reports.Count(report => report.Verdict == verdict), new KeyValuePair<string, object?>("verdict", Word(verdict))));
    }

    private static string Word(PreflightVerdict verdict) => verdict switch
    {
        PreflightVerdict.Pass => "pass",
        PreflightVerdict.Fail => "fail",
        _ => "unknown",
    };
}
