using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Reads the files of <c>replies</c>: <c>general.toml</c>, and one for each provider that has its name.</summary>
/// <param name="folder">The folder that holds <c>replies</c>, as messages are to name it.</param>
internal sealed class ReplyRuleFolder(string folder, ProblemList problems)
{
    private const int LargestFile = 1 << 20;
    private const int MostRules = 500;
    private const string General = "general";

    // To compile the expressions takes a tenth of a second and much memory for a while: files that are as they were are not compiled again.
    private static volatile LastRead? _last;

    private readonly string _folder = Path.Combine(folder, "replies");
    private readonly Dictionary<string, Place> _ids = new(StringComparer.Ordinal);

    /// <summary>Reads all files; what is wrong is reported.</summary>
    /// <param name="seen">Gets the name and the content of each file.</param>
    public ReplyRules Read(Action<string, byte[]> seen)
    {
        ImmutableArray<RuleFile> files = [.. Paths().Select(ReadFile).OfType<RuleFile>()];
        foreach (var file in files)
            seen(Path.GetFileName(file.Path), file.Content);
        if (_last is { } last && last.Has(files))
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

    // General rules must be there: a folder without them is another folder than was meant.
    private IEnumerable<string> Paths()
    {
        var general = Path.Combine(_folder, General + ".toml");
        try
        {
            if (Directory.Exists(_folder))
                return Directory.EnumerateFiles(_folder, "*.toml").Append(general).Distinct().Order(StringComparer.Ordinal).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(new Place(_folder, 1, 1, ""), "the folder of the rules for replies cannot be read");
            return [];
        }
        problems.Error(new Place(_folder, 1, 1, ""), "the folder of the rules for replies does not exist");
        return [];
    }

    private RuleFile? ReadFile(string path)
    {
        if (BoundedFile.TryRead(path, LargestFile, out var content, out var reason))
            return new RuleFile(path, content);
        problems.Error(new Place(path, 1, 1, ""), $"the file {reason}");
        return null;
    }

    private ImmutableArray<ReplyRule> Parse(RuleFile file)
    {
        var place = new Place(file.Path, 1, 1, "");
        if (!TomlReader.TryRead(file.Content, out var root, out var error))
        {
            problems.Error(place with { Line = error.Line, Column = error.Column }, error.Message);
            return [];
        }
        var tables = new SectionReader(root, ReplyRuleConfig.File, place, problems).Tables("rule", ReplyRuleConfig.Section);
        if (tables.Count > MostRules)
            problems.Error(tables[MostRules].Place, $"the file has more than {MostRules} rules");
        ImmutableArray<ReplyRuleConfig> configs = [.. tables.Take(MostRules).Select(ReplyRuleConfig.Read)];
        foreach (var config in configs)
            CheckId(config);
        return ReplyRuleCheck.Check(configs, problems) && !problems.HasErrorIn(file.Path) ? Build(configs) : [];
    }

    private void CheckId(ReplyRuleConfig config)
    {
        if (config.Id is { } id && !_ids.TryAdd(id.Value, id.Place))
            problems.Error(id.Place, $"there is a rule '{id.Value}' already, at {_ids[id.Value]}");
    }

    // Examples are tried only when all rules of the file are there: one that is missing would make later ones look wrong.
    private ImmutableArray<ReplyRule> Build(ImmutableArray<ReplyRuleConfig> configs)
    {
        ImmutableArray<ReplyRule> rules = [.. configs.Select(config => config.ToRule())];
        ReplyExamples.Check(configs, rules, problems);
        return rules;
    }

    private sealed record RuleFile(string Path, byte[] Content)
    {
        public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);
    }

    private sealed record LastRead(ImmutableArray<RuleFile> Files, ReplyRules Rules)
    {
        public bool Has(ImmutableArray<RuleFile> files) =>
            files.Length == Files.Length && files.Zip(Files).All(pair => pair.First.Name == pair.Second.Name && pair.First.Content.AsSpan().SequenceEqual(pair.Second.Content));
    }
}
