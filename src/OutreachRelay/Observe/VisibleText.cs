using System.Globalization;
using System.Text;

namespace OutreachRelay.Observe;

/// <summary>Untrusted text made fit for a log line or a terminal: on one line, and with nothing in it that a terminal would obey.</summary>
public static class VisibleText
{
    /// <summary>
    /// Writes control characters, line and paragraph separators, bidirectional controls and lone surrogates as <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>,
    /// and cuts the text after <paramref name="maxLength"/> characters of the original, which <c>…</c> then shows.
    /// </summary>
    public static string Escape(string? text, int maxLength = 4096)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var length = Math.Min(text.Length, maxLength);
        var first = FirstHidden(text.AsSpan(0, length));
        if (first < 0)
            return length == text.Length ? text : text[..length] + "…";
        var visible = new StringBuilder(text, 0, first, length + 16);
        for (var i = first; i < length; i++)
            Append(visible, text, ref i);
        return visible.Append(length < text.Length ? "…" : "").ToString();
    }

    private static int FirstHidden(ReadOnlySpan<char> text)
    {
        var beyond = text.IndexOfAnyExceptInRange(' ', '~');
        for (var i = beyond < 0 ? text.Length : beyond; i < text.Length; i++)
        {
            if (IsHidden(text[i]) || char.IsSurrogate(text[i]))
                return i;
        }
        return -1;
    }

    private static void Append(StringBuilder visible, string text, ref int i)
    {
        var c = text[i];
        if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            visible.Append(c).Append(text[++i]);
        else if (IsHidden(c) || char.IsSurrogate(c))
            AppendEscaped(visible, c);
        else
            visible.Append(c);
    }

    private static void AppendEscaped(StringBuilder visible, char c) => _ = c switch
    {
        '\n' => visible.Append("\\n"),
        '\r' => visible.Append("\\r"),
        '\t' => visible.Append("\\t"),
        < '\u0100' => visible.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
        _ => visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    // Format characters include the bidirectional controls, by which text can pretend to be other text.
    private static bool IsHidden(char c) => c switch
    {
        < ' ' or '\x7f' => true,
        <= '~' => false,
        _ => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };
}
