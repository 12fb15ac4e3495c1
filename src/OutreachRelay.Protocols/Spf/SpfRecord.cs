using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Protocols.Spf;

/// <summary>A published policy: directives in order, and at most one redirect and one explanation (RFC 7208 §4.6.1, §6).</summary>
internal sealed class SpfRecord
{
    private const string Version = "v=spf1";

    public List<SpfDirective> Directives { get; } = [];

    public MacroString? Redirect { get; private set; }

    public MacroString? Explanation { get; private set; }

    /// <summary>Whether a TXT record is for SPF (RFC 7208 §4.5): the version ends with a space or the record.</summary>
    public static bool IsRecord(ReadOnlySpan<char> text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Parses a whole record, since an error anywhere makes all of it void (RFC 7208 §4.6).</summary>
    /// <param name="error">What is wrong, in words that name the term.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SpfRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        error = IsRecord(text) ? null : "not an SPF record";
        if (error is not null)
            return false;
        var read = new SpfRecord();
        var terms = text[Version.Length..];
        foreach (var range in terms.Split(' '))
        {
            var term = terms[range];
            if (term.IsEmpty || read.TryAdd(term))
                continue;
            error = $"syntax error in term \"{Quote(term)}\"";
            return false;
        }
        record = read;
        return true;
    }

    private bool TryAdd(ReadOnlySpan<char> term)
    {
        // RFC 7208 §4.6.1: a modifier is a name and "="; a mechanism may hold "=" only behind ":" or "/".
        var mark = term.IndexOfAny('=', ':', '/');
        if (mark >= 0 && term[mark] == '=')
            return TryAddModifier(term[..mark], term[(mark + 1)..]);
        if (SpfTermParser.Parse(term) is not { } directive)
            return false;
        Directives.Add(directive);
        return true;
    }

    private bool TryAddModifier(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        MacroString? domain;
        if (name.Equals("redirect", StringComparison.OrdinalIgnoreCase))
        {
            // RFC 7208 §6: each of the two at most once.
            if (Redirect is not null || !MacroString.TryParseDomain(value, out domain))
                return false;
            Redirect = domain;
            return true;
        }
        if (name.Equals("exp", StringComparison.OrdinalIgnoreCase))
        {
            if (Explanation is not null || !MacroString.TryParseDomain(value, out domain))
                return false;
            Explanation = domain;
            return true;
        }
        return IsName(name) && MacroString.IsValid(value);
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !char.IsAsciiLetter(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }
        return true;
    }

    // Somebody else's text on its way to our log: bounded, and visible characters only.
    private static string Quote(ReadOnlySpan<char> term) =>
        string.Create(Math.Min(term.Length, 80), term, static (quoted, term) =>
        {
            for (var i = 0; i < quoted.Length; i++)
                quoted[i] = term[i] is > ' ' and <= '~' ? term[i] : '?';
        });
}
