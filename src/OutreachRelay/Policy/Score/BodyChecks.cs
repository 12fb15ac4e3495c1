using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>Checks of how a body is made.</summary>
internal static class BodyChecks
{
    // Shorter words are in every text, and so many are enough to compare two.
    private const int ShortestWord = 4;
    private const int MostWords = 2000;
    private const int FewWords = 10;

    public static string? Empty(ScoredMessage message) =>
        message.Attachments.IsEmpty && message.Html is not { Images: > 0 } && string.IsNullOrWhiteSpace(message.Text) && string.IsNullOrWhiteSpace(message.Html?.Text)
            ? "body" : null;

    public static string? NoText(ScoredMessage message) => message.Html is not null && string.IsNullOrWhiteSpace(message.Text) ? "html" : null;

    /// <summary>Of the words of the plain text fewer than a share stand in the HTML.</summary>
    public static ScoreCheck TextDiffers(int percent) => message =>
    {
        if (message is not { Text: { } text, Html: { } html } || WordsOf(text) is not { Count: >= FewWords } words)
            return null;
        var shown = WordsOf(html.Text);
        var common = words.Count(shown.Contains);
        return common * 100 < words.Count * percent ? $"text: {common} of {words.Count} words stand in the HTML" : null;
    };

    /// <summary>Images, and fewer characters of text than that.</summary>
    public static ScoreCheck ImageOnly(int characters) => message =>
        message.Html is { Images: > 0 } html && html.Text.Length < characters ? $"html: {html.Images} images, {html.Text.Length} characters" : null;

    public static ScoreCheck HiddenText(int characters) => message =>
        message.Html is { } html && html.Hidden.Length > characters ? $"html: {html.Hidden.Length} characters" : null;

    public static ScoreCheck HtmlSize(int characters) => message =>
        message.HtmlLength > characters ? $"html: {message.HtmlLength} characters" : null;

    public static ScoreCheck HtmlDepth(int levels) => message =>
        message.Html is { } html && html.Depth > levels ? $"html: {html.Depth} levels" : null;

    public static ScoreCheck Elements(ImmutableArray<string> names) => message =>
        message.Html is { } html && names.FirstOrDefault(html.Elements.Contains) is { } name ? $"html: {name}" : null;

    /// <summary>The structure is not what RFC 2045 and RFC 2046 ask for.</summary>
    public static string? BrokenMime(ScoredMessage message) =>
        message.Faults == PartFaults.None ? null : "structure: " + string.Join(", ", Enum.GetValues<PartFaults>()
            .Where(fault => fault != PartFaults.None && message.Faults.HasFlag(fault)).Select(Describe));

    /// <summary>A text that needs no encoding hides in base64.</summary>
    public static string? EncodedText(ScoredMessage message) =>
        message.Parts.Any(static part => part is { IsText: true, IsAttachment: false, Encoding: "base64" } && Ascii.IsValid(part.Decode(ScoredMessage.MaxOctets).Span))
            ? "text in base64" : null;

    private static HashSet<string> WordsOf(string text)
    {
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var found = words.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = 0; at < text.Length && words.Count < MostWords;)
        {
            var start = at;
            while (at < text.Length && char.IsLetter(text[at]))
                at++;
            if (at - start >= ShortestWord)
                found.Add(text.AsSpan(start, at - start));
            at += at == start ? 1 : 0;
        }
        return words;
    }

    private static string Describe(PartFaults fault) => fault switch
    {
        PartFaults.NoBoundary => "no boundary",
        PartFaults.NoParts => "no part at the boundary",
        PartFaults.NotClosed => "last delimiter missing",
        PartFaults.TooDeep => "parts nest too deep",
        PartFaults.TooMany => "too many parts",
        PartFaults.UnknownEncoding => "unknown transfer encoding",
        PartFaults.NotBase64 => "no base64 where it is declared",
        _ => "unknown charset",
    };
}
