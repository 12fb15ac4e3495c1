using System.Collections.Immutable;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Collects what is wrong, so that one run names everything.</summary>
internal sealed class ProblemList
{
    /// <summary>Errors, and warnings, of one file. One of another kind, given by mistake, may be wrong in every line.</summary>
    private const int MostPerFile = 1000;

    private readonly List<ConfigurationProblem> _problems = [];
    private readonly Dictionary<string, int> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<(string File, ProblemSeverity Severity), int> _counts = [];
    private readonly HashSet<string> _wrong = new(StringComparer.Ordinal);
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <param name="first">The configuration file, whose problems come first.</param>
    public ProblemList(string first) => _files.Add(first, 0);

    public bool HasErrors { get; private set; }

    /// <summary>Whether the value at this path is wrong. Then it is not missing, though it could not be read.</summary>
    public bool HasErrorAt(string path) => _wrong.Contains(path);

    /// <summary>Whether anything in this file is wrong.</summary>
    public bool HasErrorIn(string file) => _counts.ContainsKey((file, ProblemSeverity.Error));

    public void Error(Place place, string message)
    {
        HasErrors = true;
        _wrong.Add(place.Path);
        Add(ProblemSeverity.Error, place, message);
    }

    public void Warning(Place place, string message) => Add(ProblemSeverity.Warning, place, message);

    /// <summary>Warns of a key that does nothing yet; once for all tables that set it.</summary>
    /// <param name="key">The path without indices: <c>client.rate</c>.</param>
    public void NotInForce(string key, Place place)
    {
        for (var dot = key.IndexOf('.'); dot >= 0; dot = key.IndexOf('.', dot + 1))
        {
            if (_warned.Contains(key[..dot]))
                return; // the table that holds it has been named
        }
        if (_warned.Add(key))
            Warning(place, "is not in force yet; the value is checked and has no effect");
    }

    public ImmutableArray<ConfigurationProblem> ToSorted() =>
        [.. _problems.OrderBy(problem => _files[problem.File]).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private void Add(ProblemSeverity severity, Place place, string message)
    {
        _files.TryAdd(place.File, _files.Count);
        var count = _counts.GetValueOrDefault((place.File, severity));
        _counts[(place.File, severity)] = count + 1;
        if (count < MostPerFile)
            _problems.Add(new ConfigurationProblem(severity, place.File, place.Line, place.Column, place.Path, message));
        else if (count == MostPerFile)
        {
            _problems.Add(new ConfigurationProblem(severity, place.File, place.Line, place.Column, "",
                $"more than {MostPerFile} problems; the others of this file are not listed"));
        }
    }
}
