using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OutreachRelay.Protocols.Spf;

/// <summary>A text with macros (RFC 7208 §7), parsed once: literals, and letters with what is to be done to their values.</summary>
internal sealed class MacroString
{
    private readonly List<MacroPiece> _pieces;

    private MacroString(List<MacroPiece> pieces) => _pieces = pieces;

    /// <summary>Whether <c>%{p}</c> is in it, whose value costs DNS lookups.</summary>
    public bool NeedsValidatedName => _pieces.Exists(piece => piece.Letter == 'p');

    /// <summary>The text itself, where no macro is in it; otherwise <see langword="null"/>.</summary>
    public string? Literal => _pieces.TrueForAll(static piece => piece.Literal is not null) ? string.Concat(_pieces.Select(static piece => piece.Literal)) : null;

    /// <summary>Parses a domain-spec: its end must be a macro or look like a top-level domain.</summary>
    public static bool TryParseDomain(ReadOnlySpan<char> text, [NotNullWhen(true)] out MacroString? macros)
    {
        var parser = new MacroParser(text, isExplanation: false);
        macros = parser.TryParse() && (parser.Tail.IsEmpty ? parser.EndsWithMacro : EndsLikeDomain(parser.Tail))
            ? new MacroString(parser.Pieces)
            : null;
        return macros is not null;
    }

    /// <summary>Parses the value of a modifier that nobody knows.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) => new MacroParser(text, isExplanation: false).TryParse();

    /// <summary>Parses an explanation: it may hold spaces and the letters c, r and t.</summary>
    public static bool TryParseExplanation(ReadOnlySpan<char> text, [NotNullWhen(true)] out MacroString? macros)
    {
        var parser = new MacroParser(text, isExplanation: true);
        macros = parser.TryParse() ? new MacroString(parser.Pieces) : null;
        return macros is not null;
    }

    /// <summary>Puts the values in.</summary>
    /// <returns><see langword="null"/> when the result would be longer than <paramref name="max"/> characters.</returns>
    public string? Expand(MacroValues values, int max)
    {
        var text = new StringBuilder();
        foreach (var piece in _pieces)
        {
            text.Append(piece.Expand(values));
            if (text.Length > max)
                return null;
        }
        return text.ToString();
    }

    // RFC 7208 §7.1: domain-end is "." toplabel [ "." ]; a toplabel is letters, digits and inner hyphens, and not digits alone.
    private static bool EndsLikeDomain(ReadOnlySpan<char> tail)
    {
        if (tail is [.., '.'])
            tail = tail[..^1];
        var dot = tail.LastIndexOf('.');
        var label = tail[(dot + 1)..];
        if (dot < 0 || label.IsEmpty || label[0] == '-' || label[^1] == '-')
            return false;
        var onlyDigits = true;
        foreach (var c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
            onlyDigits &= char.IsAsciiDigit(c);
        }
        return !onlyDigits;
    }
}
