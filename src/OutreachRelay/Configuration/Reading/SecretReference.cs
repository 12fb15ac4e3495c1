using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Where a secret lies: <c>env:NAME</c> or <c>file:PATH</c>. The secret itself never stands in the configuration.</summary>
/// <param name="InFile">Whether <paramref name="Name"/> is a path; otherwise it is a variable of the environment.</param>
public sealed record SecretReference(bool InFile, string Name)
{
    public override string ToString() => (InFile ? "file:" : "env:") + Name;
}

/// <summary>Text that may stand in the configuration or, as a reference, outside of it.</summary>
public sealed record TextOrSecret(string? Text, SecretReference? Secret);

internal static class Secrets
{
    public static readonly Func<TomlValue, Parsed<SecretReference>> Reference =
        Values.Of(Parse, "a secret as \"env:NAME\" or \"file:PATH\"");

    public static readonly Func<TomlValue, Parsed<TextOrSecret>> TextOrReference =
        Values.Of(ParseEither, "a string, \"env:NAME\" or \"file:PATH\"");

    // The text is not shown: it may be the secret itself, written here by mistake.
    private static Parsed<SecretReference> Parse(string text)
    {
        if (text.StartsWith("env:", StringComparison.Ordinal) && IsVariable(text.AsSpan(4)))
            return new SecretReference(false, text[4..]);
        if (text.StartsWith("file:", StringComparison.Ordinal) && text.Length is > 5 and <= 4096 && !text.Any(char.IsControl))
            return new SecretReference(true, text[5..]);
        return Parsed<SecretReference>.Fail("expected a secret as \"env:NAME\" or \"file:PATH\"; secrets do not stand in this file");
    }

    private static Parsed<TextOrSecret> ParseEither(string text)
    {
        if (text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("file:", StringComparison.Ordinal))
        {
            var parsed = Parse(text);
            return new Parsed<TextOrSecret>(new TextOrSecret(null, parsed.Value), parsed.Error);
        }
        return text.Length is > 0 and <= 255 && !text.Any(char.IsControl)
            ? new TextOrSecret(text, null)
            : Parsed<TextOrSecret>.Fail("expected 1 to 255 characters, \"env:NAME\" or \"file:PATH\"");
    }

    private static bool IsVariable(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return name.Length is > 0 and <= 255 && !char.IsAsciiDigit(name[0]);
    }
}
