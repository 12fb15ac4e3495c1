namespace OutreachRelay.Policy.Score;

/// <summary>What an inline style does to the sight of its text.</summary>
/// <param name="IsHidden">The text has no place, no size, or the colour of what is behind it.</param>
/// <param name="Background">The colour behind the element's content in six digits; empty when it is not known.</param>
internal readonly record struct HtmlStyle(bool IsHidden, string Background)
{
    private const int MaxLength = 1024;

    /// <summary>What is behind a page that says nothing of it.</summary>
    public static HtmlStyle Page { get; } = new(false, "ffffff");

    /// <summary>Reads the style of an element within another.</summary>
    /// <param name="style">The attribute's value; read up to 1,024 characters.</param>
    public HtmlStyle Within(ReadOnlySpan<char> style)
    {
        Span<char> buffer = stackalloc char[MaxLength];
        var text = Normalise(style, buffer);
        var (hidden, background, color) = (IsHidden, Background, "");
        foreach (var range in text.Split(';'))
        {
            var declaration = text[range];
            var colon = declaration.IndexOf(':');
            if (colon <= 0)
                continue;
            var name = declaration[..colon];
            var value = declaration[(colon + 1)..];
            if (name is "background" or "background-color" or "background-image")
                background = Color(value);
            else if (name is "color")
                color = Color(value);
            else
                hidden |= Hides(name, value);
        }
        return new HtmlStyle(hidden || (color.Length > 0 && color == background), background);
    }

    /// <summary>As within an element that has the attribute <c>bgcolor</c>.</summary>
    public HtmlStyle On(ReadOnlySpan<char> color)
    {
        Span<char> buffer = stackalloc char[MaxLength];
        return this with { Background = Color(Normalise(color, buffer)) };
    }

    private static bool Hides(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name switch
    {
        "display" => value.StartsWith("none"),
        "visibility" => value.StartsWith("hidden"),
        "font-size" or "opacity" or "max-height" => IsZero(value),
        "text-indent" => value.StartsWith("-9"),
        _ => false,
    };

    private static bool IsZero(ReadOnlySpan<char> value)
    {
        var digits = value.IndexOfAnyExceptInRange('.', '9');
        return value is ['0' or '.', ..] && !(digits < 0 ? value : value[..digits]).ContainsAnyInRange('1', '9');
    }

    private static string Color(ReadOnlySpan<char> value)
    {
        if (value is ['#', ..] && value.Length >= 7)
            return value[1..7].ToString();
        if (value is ['#', var r, var g, var b, ..])
            return string.Create(6, (r, g, b), static (six, c) => (six[0], six[1], six[2], six[3], six[4], six[5]) = (c.r, c.r, c.g, c.g, c.b, c.b));
        return value switch
        {
            "white" or "rgb(255,255,255)" => "ffffff",
            "black" or "rgb(0,0,0)" => "000000",
            _ => "",
        };
    }

    private static ReadOnlySpan<char> Normalise(ReadOnlySpan<char> text, Span<char> buffer)
    {
        var length = 0;
        foreach (var c in text[..Math.Min(text.Length, buffer.Length)])
        {
            if (!char.IsWhiteSpace(c))
                buffer[length++] = char.ToLowerInvariant(c);
        }
        return buffer[..length];
    }
}
