using System.Text;

namespace OutreachRelay.Policy.Score;

/// <summary>Takes comments, declarations and processing instructions out of HTML.</summary>
/// <remarks>
/// AngleSharp's tokenizer goes down a level of the stack for each <c>--!</c> of a comment, so that a comment of 100 KiB ends the process. None of these
/// is ever seen by a reader: the tokenizer gets none.
/// </remarks>
internal static class HtmlMarkup
{
    /// <returns>The HTML with a space in place of each; no <c>&lt;!</c> and no <c>&lt;?</c> is left.</returns>
    public static string WithoutDeclarations(string html)
    {
        var first = NextDeclaration(html, 0);
        if (first < 0)
            return html;
        var rest = new StringBuilder(html.Length);
        var at = 0;
        for (var start = first; start >= 0; start = NextDeclaration(html, at))
        {
            rest.Append(html, at, start - at).Append(' ');
            at = EndOf(html, start);
        }
        return rest.Append(html, at, html.Length - at).ToString();
    }

    private static int NextDeclaration(string html, int from)
    {
        while (from < html.Length - 1)
        {
            var mark = html.IndexOf('<', from, html.Length - 1 - from);
            if (mark < 0 || html[mark + 1] is '!' or '?')
                return mark;
            from = mark + 1;
        }
        return -1;
    }

    // What is not closed goes on to the end, as in a browser.
    private static int EndOf(string html, int start)
    {
        var closing = html.AsSpan(start).StartsWith("<!--") ? "-->" : ">";
        var end = html.IndexOf(closing, start + 2, StringComparison.Ordinal);
        return end < 0 ? html.Length : end + closing.Length;
    }
}
