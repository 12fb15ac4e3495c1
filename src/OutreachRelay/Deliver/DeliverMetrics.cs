using System.Diagnostics.Metrics;
using System.Text.Json;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Observe;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>What the deliveries and their outcomes count.</summary>
internal static class DeliverMetrics
{
    /// <summary>The counter of what attempts settled: its name, and the tag that tells what became of the entry.</summary>
    public const string OutcomeEntries = "outreach_outcome_entries", Outcome = "outcome";

    private static readonly Histogram<double> Open = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_deliver_session_open_duration", "s", "Connecting, TLS, EHLO and AUTH, by upstream.");

    private static readonly Histogram<double> Duration = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_deliver_attempt_duration", "s", "From the lease to the upstream's last reply, by upstream.");

    private static readonly Counter<long> Attempts = RelayMeter.Instance.CreateCounter<long>(
        "outreach_deliver_attempts", description: "Attempts by upstream and the stage they came to.");

    private static readonly Counter<long> Outcomes = RelayMeter.Instance.CreateCounter<long>(
        OutcomeEntries, description: "What attempts settled, by upstream.");

    // Tags: rule = an id of conf/replies or unknown-…; action and bounce = those of the rule.
    private static readonly Counter<long> Replies = RelayMeter.Instance.CreateCounter<long>(
        "outreach_outcome_replies", description: "Replies that were no acceptance, by the rule that judged them.");

    // Tags: algorithm = rsa-sha256 | ed25519-sha256.
    private static readonly Counter<long> Signatures = RelayMeter.Instance.CreateCounter<long>(
        "outreach_deliver_signatures", description: "DKIM signatures made for attempts, by algorithm.");

    private static readonly Histogram<double> Age = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_outcome_age", "s", "From acceptance to relayed.");

    /// <param name="upstream">A name of the configuration; the stage is a word of <see cref="SmtpStage"/> in lower case.</param>
    public static void Attempted(string upstream, SmtpStage stage, TimeSpan duration)
    {
        Attempts.Add(1, new KeyValuePair<string, object?>("upstream", upstream), new KeyValuePair<string, object?>("stage", Name(stage)));
        Duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("upstream", upstream));
    }

    public static void Opened(string upstream, TimeSpan duration) =>
        Open.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("upstream", upstream));

    /// <param name="signing"><see langword="null"/>: it was not signed.</param>
    public static void Signed(Signing? signing)
    {
        foreach (var key in signing?.Keys ?? [])
            Signatures.Add(1, new KeyValuePair<string, object?>("algorithm", key.Signer.Algorithm.ToWord()));
    }

    public static void Settled(string upstream, AttemptVerdict verdict, TimeSpan age)
    {
        Outcomes.Add(1, new KeyValuePair<string, object?>("upstream", upstream), new KeyValuePair<string, object?>(Outcome, Name(verdict)));
        if (verdict.State == EntryState.Relayed)
            Age.Record(age.TotalSeconds);
    }

    /// <summary>Counts a reply that was no acceptance, of an attempt or of opening a session.</summary>
    public static void Judged(ReplyVerdict verdict) => Replies.Add(
        1, new KeyValuePair<string, object?>("rule", verdict.RuleId), new KeyValuePair<string, object?>("action", Word(verdict.Action)),
        new KeyValuePair<string, object?>("bounce", Word(verdict.Bounce)));

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Name(SmtpStage stage) => stage switch
    {
        SmtpStage.Connect => "connect",
        SmtpStage.Tls => "tls",
        SmtpStage.Greeting => "greeting",
        SmtpStage.Hello => "hello",
        SmtpStage.Auth => "auth",
        SmtpStage.Idle => "idle",
        SmtpStage.Mail => "mail",
        SmtpStage.Rcpt => "rcpt",
        SmtpStage.Data => "data",
        SmtpStage.Content => "content",
        _ => "final_dot",
    };

    private static string Name(AttemptVerdict verdict) => verdict switch
    {
        { GoesElsewhere: true } => "elsewhere",
        { State: EntryState.Relayed } => "relayed",
        { State: EntryState.Queued } => "deferred",
        { State: EntryState.InDoubt } => "in_doubt",
        { State: EntryState.Dead } => "dead",
        _ => "failed",
    };
}
