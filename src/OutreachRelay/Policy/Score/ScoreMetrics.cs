using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Policy.Score;

/// <summary>How content scores.</summary>
internal static class ScoreMetrics
{
    private static readonly Histogram<double> Scores = RelayMeter.Instance.CreateHistogram(
        "outreach_score", null, "Scores of content by client and direction: how they change over time is the trend.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 50] });

    private static readonly Counter<long> Findings = RelayMeter.Instance.CreateCounter<long>(
        "outreach_score_rules", description: "Messages that met a rule.");

    private static readonly Counter<long> Verdicts = RelayMeter.Instance.CreateCounter<long>(
        "outreach_score_verdicts", description: "What was done with messages for their score.");

    private static readonly Counter<long> Lookups = RelayMeter.Instance.CreateCounter<long>(
        "outreach_score_lookups", description: "Messages scored anew, or as copies of one that was.");

    private static readonly Counter<long> Scorers = RelayMeter.Instance.CreateCounter<long>(
        "outreach_score_external", description: "Questions to scorers outside of this process, by how they ended.");

    private static readonly Histogram<double> Duration = RelayMeter.Instance.CreateHistogram<double>(
        "outreach_score_duration", "s", "From complete content to its score, scorers outside of this process included.");

    // Tags: client, direction; rule = an id of conf/score, rspamd, spamassassin; verdict = accept | tag | hold | refuse | refuse_for_now.
    public static void Scored(string client, string direction, ScoreVerdict verdict, TimeSpan duration)
    {
        Scores.Record(verdict.Score, new("client", client), new("direction", direction));
        Verdicts.Add(1, new KeyValuePair<string, object?>("verdict", Word(verdict.Action)));
        foreach (var finding in verdict.Findings)
            Findings.Add(1, new KeyValuePair<string, object?>("rule", finding.Rule));
        Duration.Record(duration.TotalSeconds);
    }

    // Tags: result = new | copy.
    public static void LookedUp(bool wasKnown) => Lookups.Add(1, new KeyValuePair<string, object?>("result", wasKnown ? "copy" : "new"));

    /// <param name="result">answered | timeout | malformed | unreachable | rests.</param>
    public static void Asked(string scorer, string result) =>
        Scorers.Add(1, new("scorer", scorer), new("result", result));

    private static string Word(ScoreAction action) => action switch
    {
        ScoreAction.Accept => "accept",
        ScoreAction.Tag => "tag",
        ScoreAction.Hold => "hold",
        ScoreAction.Refuse => "refuse",
        _ => "refuse_for_now",
    };
}
