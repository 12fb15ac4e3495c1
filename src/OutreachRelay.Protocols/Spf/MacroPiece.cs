namespace OutreachRelay.Protocols.Spf;

/// <summary>A literal, or a macro with its transformers (RFC 7208 §7.1).</summary>
/// <param name="Literal">Text to copy; <see langword="null"/> for a macro.</param>
/// <param name="Letter">The macro's letter in lower case.</param>
/// <param name="Escape">Whether the letter was upper case: the value is URL-escaped.</param>
/// <param name="Keep">How many parts to keep from the right; 0 for all.</param>
/// <param name="Reverse">Whether the parts are turned round first.</param>
/// <param name="Delimiters">What separates the parts.</param>
internal readonly record struct MacroPiece(string? Literal, char Letter, bool Escape, int Keep, bool Reverse, string Delimiters)
{
    public static MacroPiece Text(string literal) => new(literal, '\0', false, 0, false, "");

    public string Expand(MacroValues values)
    {
        if (Literal is not null)
            return Literal;
        var value = Transform(values.Of(Letter));
        // RFC 7208 §7.3: all but the unreserved characters of RFC 3986 §2.3.
        return Escape ? Uri.EscapeDataString(value) : value;
    }

    private string Transform(string value)
    {
        if (Keep == 0 && !Reverse && Delimiters == ".")
            return value;
        var parts = value.Split(Delimiters.ToCharArray());
        if (Reverse)
            Array.Reverse(parts);
        var kept = Keep == 0 ? parts.Length : Math.Min(Keep, parts.Length);
        return string.Join('.', parts, parts.Length - kept, kept);
    }
}
