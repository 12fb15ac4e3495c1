using System.Collections.Immutable;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Policy.Score;

/// <summary>Reads the files of <c>score</c>: each holds rules for one side of a message.</summary>
/// <param name="folder">The folder that holds <c>score</c>, as messages are to name it.</param>
internal sealed class ScoreRuleFolder(string folder, ProblemList problems)
{
    private static volatile LastRead? _last;

    private readonly RuleFolder _files = new(Path.Combine(folder, "score"), "general.toml", "the rules for scores", problems);

    /// <summary>Reads all files; what is wrong is reported.</summary>
    /// <param name="seen">Gets the name and the content of each file.</param>
    public ScoreRules Read(Action<string, byte[]> seen)
    {
        var files = _files.Read();
        foreach (var file in files)
            seen(Path.GetFileName(file.Path), file.Content);
        if (_last is { } last && RuleFile.AreSame(last.Files, files))
            return last.Rules;
        var rules = new ScoreRules([.. files.SelectMany(file => Parse(file))]);
        if (!files.IsEmpty && !files.Any(file => problems.HasErrorIn(file.Path)))
            _last = new LastRead(files, rules);
        return rules;
    }

    private ImmutableArray<ScoreRule> Parse(RuleFile file)
    {
        ImmutableArray<ScoreRuleConfig> configs = [.. _files.Open(file, ScoreRuleConfig.File, ScoreRuleConfig.Section).Select(ScoreRuleConfig.Read)];
        foreach (var config in configs)
        {
            _files.CheckId(config.Id);
            CheckKeys(config);
        }
        if (problems.HasErrorIn(file.Path))
            return [];
        ImmutableArray<ScoreRule> rules = [.. configs.Select(static config => config.ToRule())];
        for (var i = 0; i < rules.Length; i++)
        {
            CheckExamples(configs[i], rules[i]);
            configs[i].Pattern?.Value.Seal();
        }
        return rules;
    }

    private void CheckKeys(ScoreRuleConfig config)
    {
        if (config.Check is not { } check)
            return;
        foreach (var (key, place) in config.CheckKeys)
        {
            if (place is { } given && !check.Value.Takes(key))
                problems.Error(given, "this check does not take it");
            else if (place is null && check.Value.Requires(key) && !problems.HasErrorAt($"{config.Place.Path}.{key}"))
                problems.Error(config.Place with { Path = $"{config.Place.Path}.{key}" }, "is missing, and this check needs it");
        }
        if (config.Names is { Value.IsEmpty: true } names)
            problems.Error(names.Place, "expected at least one");
        if (config.In is { Value.IsEmpty: true } places)
            problems.Error(places.Place, "expected at least one");
    }

    // The example is the rule's first test; the counterexample tells how near an innocent message may come.
    private void CheckExamples(ScoreRuleConfig config, ScoreRule rule)
    {
        Check(config.Example!, isMet: true, "does not meet its rule");
        Check(config.Counterexample!, isMet: false, "meets the rule");

        void Check(Setting<string> example, bool isMet, string error)
        {
            try
            {
                if (ScoredMessage.Read(config.Message(example), isWhole: true, addsUnsubscribe: false) is not { } message)
                    problems.Error(example.Place, "is no message: expected header fields, an empty line and a body");
                else if (rule.Check(message) is not null != isMet)
                    problems.Error(example.Place, error);
            }
            catch (RegexMatchTimeoutException)
            {
                problems.Error(example.Place, "takes too long to try with the rule's expression");
            }
        }
    }

    private sealed record LastRead(ImmutableArray<RuleFile> Files, ScoreRules Rules);
}
