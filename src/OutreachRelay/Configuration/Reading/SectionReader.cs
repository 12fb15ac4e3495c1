using System.Collections.Immutable;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Reads one table: finds its keys, checks their values, reports every problem with its place.</summary>
internal sealed class SectionReader
{
    private readonly TomlTable _table;
    private readonly KnownSection _section;

    public SectionReader(TomlTable table, KnownSection section, Place place, ProblemList problems)
    {
        (_table, _section, Place, Problems) = (table, section, place, problems);
        ReportUnknownKeys();
    }

    /// <summary>The table itself.</summary>
    public Place Place { get; }

    public ProblemList Problems { get; }

    /// <summary>Reads a value, where the table has the key and the value is valid.</summary>
    public Setting<T>? Read<T>(string key, Func<TomlValue, Parsed<T>> parse) =>
        Find(key) is { } value ? WarnIfLater(key, value, Parse(value, PathOf(key), parse)) : null;

    /// <summary>As <see cref="Read"/>; a missing key is an error that says what it should hold.</summary>
    public Setting<T>? Require<T>(string key, Func<TomlValue, Parsed<T>> parse)
    {
        if (!_table.TryGet(key, out _))
            Problems.Error(Place with { Path = PathOf(key) }, "is missing, and has no default");
        return Read(key, parse);
    }

    /// <summary>Reads an array whose items all have one shape; <see langword="null"/> also when one of them is wrong.</summary>
    public Setting<ImmutableArray<Setting<T>>>? ReadList<T>(string key, Func<TomlValue, Parsed<T>> parse) =>
        Find(key) is { } value ? WarnIfLater(key, value, ParseList(value, PathOf(key), parse)) : null;

    /// <summary>As <see cref="ReadList"/>; a missing key is an error.</summary>
    public Setting<ImmutableArray<Setting<T>>>? RequireList<T>(string key, Func<TomlValue, Parsed<T>> parse)
    {
        if (!_table.TryGet(key, out _))
            Problems.Error(Place with { Path = PathOf(key) }, "is missing, and has no default");
        return ReadList(key, parse);
    }

    /// <summary>Whether the key holds a string, where it may hold another type too.</summary>
    public bool HoldsText(string key) => Find(key) is TomlString;

    /// <summary>Opens the table of that name, or <see langword="null"/>.</summary>
    public SectionReader? Table(string key, KnownSection section)
    {
        if (Find(key) is not { } value)
            return null;
        var place = PlaceOf(value, PathOf(key));
        if (value is TomlTable table)
            return WarnIfLater(key, value, new SectionReader(table, section, place, Problems));
        Problems.Error(place, $"expected one table, [{section.Path}], found {value.TypeName}");
        return null;
    }

    /// <summary>Opens the tables of an array of tables, each at most once.</summary>
    public IReadOnlyList<SectionReader> Tables(string key, KnownSection section)
    {
        if (Find(key) is not { } value)
            return [];
        var readers = new List<SectionReader>();
        if (value is not TomlArray array)
        {
            Problems.Error(PlaceOf(value, PathOf(key)),
                $"expected tables with double brackets, [[{section.Path}]], found {value.TypeName}");
            return readers;
        }
        WarnIfLater(key, value, array);
        for (var i = 0; i < array.Items.Count; i++)
        {
            var place = PlaceOf(array.Items[i], $"{PathOf(key)}[{i}]");
            if (array.Items[i] is TomlTable table)
                readers.Add(new SectionReader(table, section, place, Problems));
            else
                Problems.Error(place, $"expected a table, found {array.Items[i].TypeName}");
        }
        return readers;
    }

    /// <summary>Reads a table whose keys are names of the operator's, each with an array of one shape.</summary>
    public ImmutableDictionary<string, ImmutableArray<Setting<T>>> ReadLists<T>(string key, Func<TomlValue, Parsed<T>> parse)
    {
        var lists = ImmutableDictionary.CreateBuilder<string, ImmutableArray<Setting<T>>>();
        if (Find(key) is not { } value)
            return lists.ToImmutable();
        var place = PlaceOf(value, PathOf(key));
        if (value is not TomlTable table)
        {
            Problems.Error(place, $"expected a table such as {{ ses = [\"abc123\"] }}, found {value.TypeName}");
            return lists.ToImmutable();
        }
        WarnIfLater(key, value, table);
        foreach (var entry in table.Entries)
        {
            var name = entry.Key.Name;
            if (Values.ParseName(name).Error is { } error)
                Problems.Error(place with { Line = entry.Key.Position.Line, Column = entry.Key.Position.Column }, error);
            else
                lists[name] = ParseList(entry.Value, $"{place.Path}.{name}", parse)?.Value ?? [];
        }
        return lists.ToImmutable();
    }

    // A key that is read must be known, or the list of keys would not be the whole truth.
    private TomlValue? Find(string key)
    {
        if (!_section.Keys.ContainsKey(key))
            throw new InvalidOperationException($"The key {PathOf(key)} is read but not known.");
        return _table.TryGetValue(key, out var value) ? value : null;
    }

    // A wrong value has its error; only one that was read can be without effect.
    private T? WarnIfLater<T>(string key, TomlValue value, T? read)
        where T : class
    {
        var known = _section.Keys[key];
        var harmless = value is TomlString text && known.Harmless.Contains(text.Value);
        if (read is not null && !known.InForce && !harmless)
            Problems.NotInForce(_section.Path.Length == 0 ? key : _section.Path + "." + key, PlaceOf(value, PathOf(key)));
        return read;
    }

    private Setting<ImmutableArray<Setting<T>>>? ParseList<T>(TomlValue value, string path, Func<TomlValue, Parsed<T>> parse)
    {
        var place = PlaceOf(value, path);
        if (value is not TomlArray array)
        {
            Problems.Error(place, $"expected an array in brackets, found {value.TypeName}");
            return null;
        }
        var items = array.Items.Select((item, index) => Parse(item, $"{path}[{index}]", parse)).OfType<Setting<T>>().ToImmutableArray();
        return items.Length == array.Items.Count ? new(items, place) : null;
    }

    private Setting<T>? Parse<T>(TomlValue value, string path, Func<TomlValue, Parsed<T>> parse)
    {
        var place = PlaceOf(value, path);
        var parsed = parse(value);
        if (parsed.Error is null)
            return new Setting<T>(parsed.Value, place);
        Problems.Error(place, parsed.Error);
        return null;
    }

    private void ReportUnknownKeys()
    {
        foreach (var (key, _) in _table.Entries)
        {
            if (_section.Keys.ContainsKey(key.Name))
                continue;
            var name = IsBare(key.Name) ? key.Name : Shown.Text(key.Name);
            var place = new Place(Place.File, key.Position.Line, key.Position.Column, PathOf(name));
            var what = _section.Path.Length == 0 ? "table" : "key";
            Problems.Error(place, $"there is no such {what}{Suggestion.For(key.Name, _section.Keys.Keys)}");
        }
    }

    private static bool IsBare(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private string PathOf(string key) => Place.Path.Length == 0 ? key : Place.Path + "." + key;

    private Place PlaceOf(TomlValue value, string path) => new(Place.File, value.Position.Line, value.Position.Column, path);
}
