using System.Diagnostics.Metrics;
using System.Text.Json;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>What happens to the list of those who are not mailed.</summary>
internal static class SuppressionMetrics
{
    private static readonly string[] Reasons = [.. Enum.GetNames<SuppressionReason>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    // reason: as in SuppressionReason, in snake_case.
    private static readonly Counter<long> Added = RelayMeter.Instance.CreateCounter<long>(
        "outreach_suppressions_added", description: "Recipients that came to be suppressed, by reason.");

    private static readonly Counter<long> Dropped = RelayMeter.Instance.CreateCounter<long>(
        "outreach_suppression_drops", description: "Queue entries dropped before an attempt because their recipient is suppressed, by reason.");

    public static void Suppressed(SuppressionReason reason, SuppressOutcome outcome)
    {
        if (outcome is SuppressOutcome.Added or SuppressOutcome.Changed)
            Added.Add(1, new KeyValuePair<string, object?>("reason", Reasons[(int)reason]));
    }

    public static void EntryDropped(SuppressionReason reason) => Dropped.Add(1, new KeyValuePair<string, object?>("reason", Reasons[(int)reason]));
}
