using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Policy.Score;

/// <summary>What content is scored by: the rules of <c>conf/score</c>. Immutable, and safe for threads.</summary>
public sealed class ScoreRules
{
    private readonly ImmutableArray<ScoreRule> _rules;

    internal ScoreRules(ImmutableArray<ScoreRule> rules) => _rules = rules;

    /// <summary>The rules' ids, in their order.</summary>
    public ImmutableArray<string> Ids => [.. _rules.Select(static rule => rule.Id)];

    /// <summary>Reads the rules of a folder.</summary>
    /// <param name="folder">The folder that holds <c>score</c>, as messages are to name it.</param>
    /// <returns>The rules, or every problem; nothing is thrown for bad input.</returns>
    public static LoadedScoreRules Load(string folder)
    {
        var problems = new ProblemList(folder);
        var rules = new ScoreRuleFolder(folder, problems).Read(static (_, _) => { });
        return new LoadedScoreRules(problems.HasErrors ? null : rules, problems.ToSorted());
    }

    /// <summary>Scores a message. Never throws for what is in it, and takes time linear in its length, of which it looks at the first 256 KiB.</summary>
    /// <param name="content">The message with CRLF line ends; at least its header section.</param>
    /// <param name="isWhole">Whether nothing is missing behind <paramref name="content"/>.</param>
    /// <param name="addsUnsubscribe">Whether the relay adds <c>List-Unsubscribe</c> before the message leaves.</param>
    /// <returns><see langword="null"/> when this is no message: it has no well-formed header section.</returns>
    public ContentScore? Score(ReadOnlyMemory<byte> content, bool isWhole, bool addsUnsubscribe) =>
        ScoredMessage.Read(content, isWhole, addsUnsubscribe) is { } message ? ContentScore.Of(Findings(_rules, message)) : null;

    internal static IEnumerable<ScoreFinding> Findings(ImmutableArray<ScoreRule> rules, ScoredMessage message)
    {
        foreach (var rule in rules)
        {
            if (rule.Check(message) is { } where)
                yield return new ScoreFinding(rule.Id, rule.Weight, rule.Reason, where);
        }
    }
}

/// <summary>What came of loading rules.</summary>
/// <param name="Rules"><see langword="null"/> exactly when a problem is an error.</param>
/// <param name="Problems">By file, line and column.</param>
public sealed record LoadedScoreRules(ScoreRules? Rules, ImmutableArray<ConfigurationProblem> Problems);
