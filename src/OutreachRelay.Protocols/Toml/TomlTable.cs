using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Protocols.Toml;

/// <param name="Name">The key without quotes or escapes; one part of a dotted key.</param>
public readonly record struct TomlKey(string Name, TomlPosition Position);

/// <summary>A key and its value.</summary>
public readonly record struct TomlEntry(TomlKey Key, TomlValue Value);

/// <summary>What made a table, which decides what may still be added to it.</summary>
internal enum TomlTableOrigin
{
    /// <summary>Named on the way to a longer header; its own header may still follow.</summary>
    Implied,

    /// <summary>A <c>[header]</c> or <c>[[header]]</c>, or the document itself.</summary>
    Header,

    /// <summary>A dotted key; more dotted keys may follow.</summary>
    Dotted,

    /// <summary>Braces; complete.</summary>
    Inline,
}

/// <summary>A table. Its entries keep the order of the document.</summary>
public sealed class TomlTable : TomlValue
{
    private readonly OrderedDictionary<string, TomlEntry> _entries = new(StringComparer.Ordinal);

    internal TomlTable(TomlTableOrigin origin, TomlPosition position)
        : base(position) => Origin = origin;

    /// <summary>The entries in the order of the document.</summary>
    public IReadOnlyList<TomlEntry> Entries => _entries.Values;

    public override string TypeName => "a table";

    internal TomlTableOrigin Origin { get; set; }

    /// <summary>Finds an entry by the exact name of its key.</summary>
    public bool TryGet(string name, out TomlEntry entry) => _entries.TryGetValue(name, out entry);

    /// <summary>Finds a value by the exact name of its key.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out TomlValue? value)
    {
        value = _entries.TryGetValue(name, out var entry) ? entry.Value : null;
        return value is not null;
    }

    internal bool TryAdd(TomlKey key, TomlValue value) => _entries.TryAdd(key.Name, new TomlEntry(key, value));
}
