using System.Diagnostics.Metrics;
using OutreachRelay.Configuration;

namespace OutreachRelay.Observe;

/// <summary>Which build runs, which configuration is in force, and how the last reload ended.</summary>
public static class ModelMetrics
{
    /// <summary>Adds the gauges to a meter; they read the state whenever they are asked.</summary>
    public static void Create(Meter meter, RelayState state, string buildVersion)
    {
        // Tags: version = the program's.
        meter.CreateObservableGauge("outreach_build_info", () => Info(buildVersion), null, "Always 1; the label names the running build.");
        // Tags: version = the model's; one series, since only one model is in force.
        meter.CreateObservableGauge("outreach_model_info", () => Info(state.Model.Version), null, "Always 1; the label names the configuration in force.");
        meter.CreateObservableGauge("outreach_reload_success", () => state.LastReload is { Succeeded: false } ? 0 : 1, null,
            "0 when the last reload was refused and the configuration before it stays in force, else 1.");
        meter.CreateObservableGauge("outreach_reload_timestamp", () => (state.LastReload?.At ?? state.StartedAt).ToUnixTimeSeconds(), "s",
            "When the configuration was last loaded, since the Unix epoch.");
    }

    private static Measurement<int> Info(string version) => new(1, new KeyValuePair<string, object?>("version", version));
}
