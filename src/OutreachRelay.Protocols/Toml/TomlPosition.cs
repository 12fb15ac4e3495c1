using System.Globalization;

namespace OutreachRelay.Protocols.Toml;

/// <summary>A place in a TOML document.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in Unicode scalar values: a tab and an umlaut count one each, as in most editors.</param>
public readonly record struct TomlPosition(int Line, int Column)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");
}

/// <summary>Why a document is not TOML 1.0, or more than the reader takes.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in Unicode scalar values.</param>
/// <param name="Message">What was found or expected, in one sentence without a final stop. Holds no value of the document.</param>
public sealed record TomlError(int Line, int Column, string Message)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}: {Message}");
}
