using System.Collections.Immutable;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>A folder of files that hold rules: TOML with tables <c>[[rule]]</c>, each with an <c>id</c> that is there once in all files.</summary>
/// <param name="path">As messages are to name it.</param>
/// <param name="required">The file that must be there: a folder without it is another folder than was meant.</param>
/// <param name="what">What the rules are, for messages: "the rules for replies".</param>
internal sealed class RuleFolder(string path, string required, string what, ProblemList problems)
{
    private const int LargestFile = 1 << 20;
    private const int MostRules = 500;

    private readonly Dictionary<string, Place> _ids = new(StringComparer.Ordinal);

    /// <summary>Reads the files in the order of their names; what cannot be read is reported.</summary>
    public ImmutableArray<RuleFile> Read() => [.. Paths().Select(ReadFile).OfType<RuleFile>()];

    /// <summary>The tables of a file's rules; what is wrong is reported.</summary>
    public IEnumerable<SectionReader> Open(RuleFile file, KnownSection root, KnownSection section)
    {
        var place = new Place(file.Path, 1, 1, "");
        if (!TomlReader.TryRead(file.Content, out var table, out var error))
        {
            problems.Error(place with { Line = error.Line, Column = error.Column }, error.Message);
            return [];
        }
        var tables = new SectionReader(table, root, place, problems).Tables("rule", section);
        if (tables.Count > MostRules)
            problems.Error(tables[MostRules].Place, $"the file has more than {MostRules} rules");
        return tables.Take(MostRules);
    }

    public void CheckId(Setting<string>? id)
    {
        if (id is not null && !_ids.TryAdd(id.Value, id.Place))
            problems.Error(id.Place, $"there is a rule '{id.Value}' already, at {_ids[id.Value]}");
    }

    private IEnumerable<string> Paths()
    {
        try
        {
            if (Directory.Exists(path))
            {
                return Directory.EnumerateFiles(path, "*.toml").Append(Path.Combine(path, required)).Distinct().Order(StringComparer.Ordinal).ToList();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(new Place(path, 1, 1, ""), $"the folder of {what} cannot be read");
            return [];
        }
        problems.Error(new Place(path, 1, 1, ""), $"the folder of {what} does not exist");
        return [];
    }

    private RuleFile? ReadFile(string file)
    {
        if (BoundedFile.TryRead(file, LargestFile, out var content, out var reason))
            return new RuleFile(file, content);
        problems.Error(new Place(file, 1, 1, ""), $"the file {reason}");
        return null;
    }
}

/// <summary>A file of a <see cref="RuleFolder"/>.</summary>
internal sealed record RuleFile(string Path, byte[] Content)
{
    /// <summary>Without folder and ending.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Whether nothing has changed. To compile the expressions takes a tenth of a second and much memory for a while: that is not done again then.</summary>
    public static bool AreSame(ImmutableArray<RuleFile> files, ImmutableArray<RuleFile> others) =>
        files.Length == others.Length && files.Zip(others).All(static pair => pair.First.Name == pair.Second.Name && pair.First.Content.AsSpan().SequenceEqual(pair.Second.Content));
}
