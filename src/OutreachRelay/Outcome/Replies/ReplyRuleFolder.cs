using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Reads the files of <c>replies</c>: <c>general.toml</c>, and one for each provider that has its name.</summary>
/// <param name="folder">The folder that holds <c>replies</c>, as messages are to name it.</param>
internal sealed class ReplyRuleFolder(string folder, ProblemList problems)
{
    private const string General = "general";

    private static volatile LastRead? _last;

    private readonly RuleFolder _files = new(Path.Combine(folder, "replies"), General + ".toml", "the rules for replies", problems);

    /// <summary>Reads all files; what is wrong is reported.</summary>
    /// <param name="seen">Gets the name and the content of each file.</param>
    public ReplyRules Read(Action<string, byte[]> seen)
    {
        var files = _files.Read();
        foreach (var file in files)
            seen(Path.GetFileName(file.Path), file.Content);
        if (_last is { } last && RuleFile.AreSame(last.Files, files))
            return last.Rules;
        var rules = Parse(files);
        if (!files.IsEmpty && !files.Any(file => problems.HasErrorIn(file.Path)))
            _last = new LastRead(files, rules);
        return rules;
    }

    private ReplyRules Parse(ImmutableArray<RuleFile> files)
    {
        ImmutableArray<ReplyRule> general = [];
        var providers = new Dictionary<string, ImmutableArray<ReplyRule>>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (Values.ParseName(file.Name).Error is { } error)
                problems.Error(new Place(file.Path, 1, 1, ""), $"the file has the name of a provider: {error}");
            var rules = Parse(file);
            if (file.Name == General)
                general = rules;
            else
                providers[file.Name] = rules;
        }
        return new ReplyRules(general, providers);
    }

    private ImmutableArray<ReplyRule> Parse(RuleFile file)
    {
        ImmutableArray<ReplyRuleConfig> configs = [.. _files.Open(file, ReplyRuleConfig.File, ReplyRuleConfig.Section).Select(ReplyRuleConfig.Read)];
        foreach (var config in configs)
            _files.CheckId(config.Id);
        return ReplyRuleCheck.Check(configs, problems) && !problems.HasErrorIn(file.Path) ? Build(configs) : [];
    }

    // Examples are tried only when all rules of the file are there: one that is missing would make later ones look wrong.
    private ImmutableArray<ReplyRule> Build(ImmutableArray<ReplyRuleConfig> configs)
    {
        ImmutableArray<ReplyRule> rules = [.. configs.Select(config => config.ToRule())];
        ReplyExamples.Check(configs, rules, problems);
        foreach (var rule in rules)
            rule.Text?.Seal();
        return rules;
    }

    private sealed record LastRead(ImmutableArray<RuleFile> Files, ReplyRules Rules);
}
