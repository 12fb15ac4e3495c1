using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>What is asked of the links in mail.</summary>
internal static class UnsubscribeMetrics
{
    private static readonly Counter<long> Requests = RelayMeter.Instance.CreateCounter<long>(
        "outreach_unsubscribe_requests", description: "Requests to links and addresses to unsubscribe, by what became of them.");

    /// <param name="result">shown | done | mailed | unknown | bad | unavailable.</param>
    public static void Answered(string result) => Requests.Add(1, new KeyValuePair<string, object?>("result", result));
}
