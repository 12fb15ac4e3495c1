using System.Diagnostics.Metrics;
using System.Text.Json;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Events;

/// <summary>What is counted of events.</summary>
internal static class OutcomeMetrics
{
    // Tags: kind = a word of OutcomeKind; upstream = a name of the configuration, or mail.
    private static readonly Counter<long> Events = RelayMeter.Instance.CreateCounter<long>(
        "outreach_events", "{event}", "What was heard of mails, each event once.");

    // Tags: upstream as above.
    private static readonly Counter<long> Unmatched = RelayMeter.Instance.CreateCounter<long>(
        "outreach_events_unmatched", "{event}", "Events about mail that was not known when they came.");

    private static readonly Counter<long> Dropped = RelayMeter.Instance.CreateCounter<long>(
        "outreach_events_forgotten", "{event}", "Events that were let go because no mail became known for them.");

    private static readonly Dictionary<OutcomeKind, string> Words =
        Enum.GetValues<OutcomeKind>().ToDictionary(static kind => kind, static kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()));

    public static void Heard(OutcomeEvent heard, RecordedAs recordedAs)
    {
        var upstream = new KeyValuePair<string, object?>("upstream", heard.Upstream ?? StoreEvent.Mail);
        Events.Add(1, new KeyValuePair<string, object?>("kind", Words[heard.Kind]), upstream);
        if (recordedAs is RecordedAs.Unmatched or RecordedAs.Refused)
            Unmatched.Add(1, upstream);
    }

    public static void DroppedUnmatched(int count)
    {
        if (count > 0)
            Dropped.Add(count);
    }
}
