using System.Buffers;
using System.Collections.Immutable;

namespace OutreachRelay.Policy.Score;

/// <summary>Finds addresses of the web in plain text.</summary>
internal static class TextLinks
{
    private const int MaxLinks = 1000;

    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n<>\"'()");

    public static ImmutableArray<ScoredLink> Find(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
            return [];
        var links = ImmutableArray.CreateBuilder<ScoredLink>();
        for (var at = 0; links.Count < MaxLinks && text.IndexOf("://", at, StringComparison.Ordinal) is >= 0 and var mark;)
        {
            var start = mark;
            while (start > at && char.IsAsciiLetter(text[start - 1]))
                start--;
            var length = text.AsSpan(mark).IndexOfAny(Ends);
            at = length < 0 ? text.Length : mark + length;
            if (start < mark)
                links.Add(new ScoredLink(text[start..Math.Min(at, start + LinkHost.MaxTarget)].TrimEnd('.', ',', ';', '!', '?'), ""));
            at = Math.Max(at, mark + 3);
            if (at >= text.Length)
                break;
        }
        return links.ToImmutable();
    }
}
