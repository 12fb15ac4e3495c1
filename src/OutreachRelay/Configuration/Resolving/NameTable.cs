using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Things of the configuration by their names; each name is given once, and references to it are checked.</summary>
/// <param name="what">The kind of thing in words: <c>pool</c>.</param>
/// <param name="where">Within what the names are unique, in words, where that is not the whole configuration.</param>
internal sealed class NameTable<T>(string what, ProblemList problems, string where = "")
    where T : class
{
    private readonly OrderedDictionary<string, (T? Value, Place Place)> _entries = new(StringComparer.Ordinal);

    public IEnumerable<T> Values => _entries.Values.Select(entry => entry.Value).OfType<T>();

    /// <summary>Adds a thing under its name.</summary>
    /// <param name="value"><see langword="null"/> for one that could not be resolved: references to it are no further errors.</param>
    public void Add(Setting<string>? name, T? value)
    {
        if (name is not null && !_entries.TryAdd(name.Value, (value, name.Place)))
            problems.Error(name.Place, $"there is a {what} '{name.Value}'{where} already, at {_entries[name.Value].Place}");
    }

    /// <summary>Finds what a reference names; a name that nothing has is reported.</summary>
    public T? Find(Setting<string>? reference)
    {
        if (reference is null)
            return null;
        if (_entries.TryGetValue(reference.Value, out var entry))
            return entry.Value;
        problems.Error(reference.Place, $"there is no {what} '{reference.Value}'{where}{Suggestion.For(reference.Value, _entries.Keys)}");
        return null;
    }
}
