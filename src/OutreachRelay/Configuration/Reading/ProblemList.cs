using System.Collections.Immutable;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Collects what is wrong, so that one run names everything.</summary>
internal sealed class ProblemList
{
    /// <summary>A file of another kind given by mistake would otherwise fill memory and terminal with one error per line.</summary>
    private const int MostPerFile = 1000;

    private readonly List<ConfigurationProblem> _problems = [];
    private readonly OrderedDictionary<string, int> _perFile = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wrong = new(StringComparer.Ordinal);
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    public bool HasErrors { get; private set; }

    /// <summary>Whether the value at this path is wrong. Then it is not missing, though it could not be read.</summary>
    public bool HasErrorAt(string path) => _wrong.Contains(path);

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
        [.. _problems.OrderBy(problem => _perFile.IndexOf(problem.File)).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private void Add(ProblemSeverity severity, Place place, string message)
    {
        _perFile.TryGetValue(place.File, out var count);
        _perFile[place.File] = count + 1;
        if (count < MostPerFile)
            _problems.Add(new ConfigurationProblem(severity, place.File, place.Line, place.Column, place.Path, message));
        else if (count == MostPerFile)
        {
            _problems.Add(new ConfigurationProblem(severity, place.File, place.Line, place.Column, "",
                $"more than {MostPerFile} problems; the others of this file are not listed"));
        }
    }
}
