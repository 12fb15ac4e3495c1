using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>What is counted of mail that comes back.</summary>
internal static class BounceMetrics
{
    // Tags: kind = a word of OutcomeKind, or auto_reply | challenge | feedback | unrecognized | other.
    private static readonly Counter<long> Mails = RelayMeter.Instance.CreateCounter<long>(
        "outreach_returned_mails", "{mail}", "Mails that came back, by what they say of their first recipient.");

    public static void Taken(string kind) => Mails.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
