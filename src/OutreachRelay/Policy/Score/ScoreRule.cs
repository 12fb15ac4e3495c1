using System.Collections.Immutable;

namespace OutreachRelay.Policy.Score;

/// <summary>Looks at a message for one thing.</summary>
/// <returns>Where it was found, and what, in a few words fit to be shown; <see langword="null"/> when it was not.</returns>
internal delegate string? ScoreCheck(ScoredMessage message);

/// <summary>One rule: what to look for, what it weighs, and why.</summary>
internal sealed record ScoreRule(string Id, double Weight, string Reason, ScoreCheck Check);

/// <summary>A rule that a message met.</summary>
/// <param name="Rule">Its id; for a scorer outside of this process its name.</param>
/// <param name="Weight">What it adds to the score.</param>
/// <param name="Reason">Why that counts.</param>
/// <param name="Where">Where it was found, and what. Untrusted text.</param>
public sealed record ScoreFinding(string Rule, double Weight, string Reason, string Where);

/// <summary>What a message scores by the built-in rules.</summary>
/// <param name="Score">The sum of the weights, of two decimals.</param>
/// <param name="Findings">The heaviest first.</param>
public sealed record ContentScore(double Score, ImmutableArray<ScoreFinding> Findings)
{
    public static ContentScore None { get; } = new(0, []);

    /// <summary>Sums findings up.</summary>
    public static ContentScore Of(IEnumerable<ScoreFinding> findings)
    {
        ImmutableArray<ScoreFinding> sorted = [.. findings.OrderByDescending(static finding => finding.Weight)];
        return new ContentScore(Math.Round(sorted.Sum(static finding => finding.Weight), 2), sorted);
    }
}
