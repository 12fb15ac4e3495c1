using System.Collections.Immutable;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Score;

/// <summary>What is done with a message for its score.</summary>
public enum ScoreAction
{
    Accept,

    /// <summary>Marked in store, log and metrics; it leaves as it is.</summary>
    Tag,

    /// <summary>Accepted, and kept until the operator releases it.</summary>
    Hold,

    /// <summary>550 5.7.1 with the reasons.</summary>
    Refuse,

    /// <summary>451 4.7.1: a scorer that must be asked does not answer.</summary>
    RefuseForNow,
}

/// <summary>A message's score against the thresholds.</summary>
/// <param name="Score">The highest that a scorer gave: the built-in rules, or one outside of this process in our scale.</param>
/// <param name="Findings">The heaviest first.</param>
/// <param name="Reason">Why it is held or refused; empty otherwise. Untrusted text.</param>
public sealed record ScoreVerdict(ScoreAction Action, double Score, ImmutableArray<ScoreFinding> Findings, string Reason)
{
    /// <summary>Whether a copy gets the same: every scorer has answered.</summary>
    public bool MayBeKept { get; private init; }

    /// <summary>The findings as the store keeps them.</summary>
    public string FindingsJson { get; private init; } = "[]";

    /// <summary>Decides on a score. A scorer that did not answer weighs by its <c>on_error</c>; the heavier action counts.</summary>
    public static ScoreVerdict Decide(ScoreModel model, ScoredContent content)
    {
        var findings = content.BuiltIn.Findings.AddRange(content.External.Select(answer => answer.ToFinding(model)).OfType<ScoreFinding>());
        var score = content.External.Where(static answer => answer.Failure is null)
            .Select(answer => answer.Scaled(model)).Append(content.BuiltIn.Score).Max();
        var byScore = ByScore(model, score, findings);
        var byFailure = content.External.Select(ByFailure).Append((Action: ScoreAction.Accept, Reason: "")).MaxBy(static failure => failure.Action);
        var (action, reason) = byFailure.Action > byScore.Action && byScore.Action != ScoreAction.Refuse ? byFailure : byScore;
        return new ScoreVerdict(action, score, findings, reason) { MayBeKept = content.MayBeKept, FindingsJson = ScoreJson.Write(findings) };
    }

    private static (ScoreAction Action, string Reason) ByScore(ScoreModel model, double score, ImmutableArray<ScoreFinding> findings)
    {
        if (score >= model.RefuseAt)
            return (ScoreAction.Refuse, ScoreReason.Of(score, "refused", model.RefuseAt.Value, findings));
        if (score >= model.HoldAt)
            return (ScoreAction.Hold, ScoreReason.Of(score, "held", model.HoldAt.Value, findings));
        return (score >= model.TagAt ? ScoreAction.Tag : ScoreAction.Accept, "");
    }

    private static (ScoreAction Action, string Reason) ByFailure(External.ScorerAnswer answer) => answer.Scorer.OnError switch
    {
        _ when answer.Failure is null => (ScoreAction.Accept, ""),
        ScorerFailureAction.Refuse => (ScoreAction.RefuseForNow, $"{answer.Scorer.Name} gives no score at the moment"),
        ScorerFailureAction.Hold => (ScoreAction.Hold, $"{answer.Scorer.Name} gave no score: {answer.Failure}"),
        _ => (ScoreAction.Accept, ""),
    };
}
