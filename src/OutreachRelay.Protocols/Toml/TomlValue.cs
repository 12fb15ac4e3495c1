namespace OutreachRelay.Protocols.Toml;

/// <summary>A value with the place where it begins.</summary>
public abstract class TomlValue
{
    private protected TomlValue(TomlPosition position) => Position = position;

    /// <summary>The value's first character; for a table with a header, the header's bracket.</summary>
    public TomlPosition Position { get; }

    /// <summary>The type in words, with its article: <c>a string</c>.</summary>
    public abstract string TypeName { get; }
}

/// <summary>Text, unescaped.</summary>
public sealed class TomlString(string value, TomlPosition position) : TomlValue(position)
{
    public string Value { get; } = value;
    public override string TypeName => "a string";
}

/// <summary>A 64-bit signed integer.</summary>
public sealed class TomlInteger(long value, TomlPosition position) : TomlValue(position)
{
    public long Value { get; } = value;
    public override string TypeName => "an integer";
}

/// <summary>An IEEE 754 binary64 value; may be infinite or not a number.</summary>
public sealed class TomlFloat(double value, TomlPosition position) : TomlValue(position)
{
    public double Value { get; } = value;
    public override string TypeName => "a float";
}

public sealed class TomlBoolean(bool value, TomlPosition position) : TomlValue(position)
{
    public bool Value { get; } = value;
    public override string TypeName => "a boolean";
}

/// <summary>A date and time with its offset from UTC (RFC 3339); fractions beyond 100 ns are cut off.</summary>
/// <param name="dateTime">As written, not converted.</param>
/// <param name="offset">Up to ±23:59, which is more than <see cref="DateTimeOffset"/> holds.</param>
public sealed class TomlOffsetDateTime(DateTime dateTime, TimeSpan offset, TomlPosition position) : TomlValue(position)
{
    public DateTime DateTime { get; } = dateTime;
    public TimeSpan Offset { get; } = offset;
    public override string TypeName => "a date and time with offset";
}

/// <summary>A date and time without offset; fractions beyond 100 ns are cut off.</summary>
public sealed class TomlLocalDateTime(DateTime value, TomlPosition position) : TomlValue(position)
{
    public DateTime Value { get; } = value;
    public override string TypeName => "a date and time";
}

public sealed class TomlLocalDate(DateOnly value, TomlPosition position) : TomlValue(position)
{
    public DateOnly Value { get; } = value;
    public override string TypeName => "a date";
}

/// <summary>A time of day; fractions beyond 100 ns are cut off.</summary>
public sealed class TomlLocalTime(TimeOnly value, TomlPosition position) : TomlValue(position)
{
    public TimeOnly Value { get; } = value;
    public override string TypeName => "a time";
}

/// <summary>An array, written in brackets or as <c>[[name]]</c> headers.</summary>
public sealed class TomlArray : TomlValue
{
    private readonly List<TomlValue> _items = [];

    internal TomlArray(TomlPosition position, bool ofTables = false)
        : base(position) => OfTables = ofTables;

    /// <summary>The values in the order of the document.</summary>
    public IReadOnlyList<TomlValue> Items => _items;

    public override string TypeName => "an array";

    // Only an array that headers made may be continued by headers.
    internal bool OfTables { get; }

    internal void Add(TomlValue value) => _items.Add(value);
}
