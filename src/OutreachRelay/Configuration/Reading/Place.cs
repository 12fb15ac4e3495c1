namespace OutreachRelay.Configuration.Reading;

/// <summary>Where something stands: file, line, column and TOML path (or CSV column).</summary>
public readonly record struct Place(string File, int Line, int Column, string Path)
{
    /// <summary>The form in which one message points at another place: <c>relay.toml:12:5</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>A value that the configuration gives, and where.</summary>
public sealed record Setting<T>(T Value, Place Place);
