using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Outcome.Telling;

/// <summary>What is counted of telling clients.</summary>
internal static class TellingMetrics
{
    // Tags: client = a name of the configuration; result = delivered | failed.
    private static readonly Counter<long> Requests = RelayMeter.Instance.CreateCounter<long>(
        "outreach_hook_requests", "{request}", "Requests to the clients' hooks by result.");

    // Tags: client as above; result = delivered | given_up.
    private static readonly Counter<long> Events = RelayMeter.Instance.CreateCounter<long>(
        "outreach_hook_events", "{event}", "Events that clients were told of by their hooks, or that were given up.");

    // Tags: client as above.
    private static readonly Counter<long> Notices = RelayMeter.Instance.CreateCounter<long>(
        "outreach_dsn_queued", "{message}", "Notifications of failure that were queued for clients.");

    public static void Requested(string client, bool delivered) => Requests.Add(1, Of(client), Result(delivered ? "delivered" : "failed"));

    public static void Delivered(string client, int events) => Events.Add(events, Of(client), Result("delivered"));

    public static void GaveUp(string client, int events) => Events.Add(events, Of(client), Result("given_up"));

    public static void Notified(string client) => Notices.Add(1, Of(client));

    private static KeyValuePair<string, object?> Of(string client) => new("client", client);

    private static KeyValuePair<string, object?> Result(string result) => new("result", result);
}
