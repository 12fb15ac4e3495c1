using System.Collections.Immutable;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Runs the examples of rules: each must match its own rule, at each of its stages, and no earlier one of the file.</summary>
internal static class ReplyExamples
{
    // Where the example of a rule without stages is tried.
    private const SmtpStage UsualStage = SmtpStage.Rcpt;

    /// <param name="configs">The rules of one file, in order.</param>
    /// <param name="rules">The same, built.</param>
    public static void Check(ImmutableArray<ReplyRuleConfig> configs, ImmutableArray<ReplyRule> rules, ProblemList problems)
    {
        for (var i = 0; i < configs.Length; i++)
        {
            foreach (var example in configs[i].Examples)
            {
                if (Stages(rules[i]).Select(stage => FindError(rules, i, stage, example.Value)).FirstOrDefault(error => error is not null) is { } error)
                    problems.Error(example.Place, error);
            }
        }
    }

    private static IEnumerable<SmtpStage> Stages(ReplyRule rule) => rule.Stages.DefaultIfEmpty(UsualStage);

    private static string? FindError(ImmutableArray<ReplyRule> rules, int own, SmtpStage stage, SmtpReply reply)
    {
        Span<char> buffer = stackalloc char[ReplyRules.MaxText];
        var line = ReplyRules.OneLine(reply.Text, buffer);
        try
        {
            if (!rules[own].Matches(stage, reply.Code, reply.Enhanced, line))
                return "does not match its rule";
            var first = ReplyRules.Find(rules, stage, reply.Code, reply.Enhanced, line)!;
            return first == rules[own].Verdict ? null : $"matches an earlier rule, '{first.RuleId}'";
        }
        catch (RegexMatchTimeoutException)
        {
            return "takes too long to try with the expressions of its rule and the earlier ones";
        }
    }
}
