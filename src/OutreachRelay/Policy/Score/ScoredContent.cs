using System.Collections.Immutable;
using OutreachRelay.Policy.Score.External;

namespace OutreachRelay.Policy.Score;

/// <summary>What was found of a message's content, before thresholds.</summary>
/// <param name="BuiltIn">By the built-in rules.</param>
/// <param name="External">What each scorer outside of this process said, in the order of the configuration.</param>
public sealed record ScoredContent(ContentScore BuiltIn, ImmutableArray<ScorerAnswer> External)
{
    /// <summary>Whether a copy scores the same: every scorer has answered.</summary>
    public bool MayBeKept => External.All(static answer => answer.Failure is null);
}
