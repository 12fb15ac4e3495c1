using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Receive;

/// <summary>What the door counts.</summary>
internal static class ReceiveMetrics
{
    private static readonly Counter<long> Sessions = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive_sessions", description: "Client sessions by how they ended.");

    private static readonly Counter<long> Logins = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive_logins", description: "Logins by result.");

    private static readonly Counter<long> Refusals = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive_rejected", description: "Commands and messages refused, by reason.");

    private static readonly Counter<long> Messages = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive_messages", description: "Messages answered 250.");

    private static readonly Counter<long> Signatures = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive_signatures", description: "DKIM signatures that accepted messages came with, by result; skipped: messages whose were not looked at.");

    private static readonly Counter<long> Octets = RelayMeter.Instance.CreateCounter<long>(
        "outreach_receive", "By", "Octets of messages answered 250.");

    private static readonly Histogram<double> Duration = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_receive_final_dot_duration", "s", "From the final dot to our reply.");

    private static readonly Histogram<double> Policy = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_policy_duration", "s", "From complete content to the choice of senders.");

    private static readonly Counter<long> Conflicts = RelayMeter.Instance.CreateCounter<long>(
        "outreach_policy_conflicts", description: "Choices made anew because the store knew better.");

    private static readonly Histogram<double> Accept = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_store_accept_duration", "s", "From the choice of senders to the flushed commit.");

    /// <param name="end">A word of <see cref="Protocols.Smtp.SmtpSessionEnd"/>, or "handshake_failed", "proxy_refused", "crashed".</param>
    public static void SessionEnded(string end) => Sessions.Add(1, new KeyValuePair<string, object?>("end", end));

    /// <param name="result">success | failure | blocked.</param>
    public static void LoggedIn(string result) => Logins.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <param name="reason">relay | store | null-path | rate | postmaster | recipients | smtputf8 | suppressed | content | loop | direction | foreign | send_at | score | scorer | sender | author | conflict.</param>
    public static void Rejected(string reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="result">A word of RFC 8601 §2.7.1, or "skipped".</param>
    public static void SignatureSeen(string result) => Signatures.Add(1, new KeyValuePair<string, object?>("result", result));

    public static void Accepted(long octets, TimeSpan duration)
    {
        Messages.Add(1);
        Octets.Add(octets);
        Duration.Record(duration.TotalSeconds);
    }

    public static void Ranked(TimeSpan duration) => Policy.Record(duration.TotalSeconds);

    public static void Conflicted() => Conflicts.Add(1);

    public static void Stored(TimeSpan duration) => Accept.Record(duration.TotalSeconds);
}
