using System.Buffers;
using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Observe;

namespace OutreachRelay.Policy.Score;

/// <summary>Checks of what a message says.</summary>
internal static class TextChecks
{
    private const int MostShown = 60;

    // A text made of nothing but listed words is looked at no further than this.
    private const int MostHits = 1000;

    /// <summary>An expression occurs at one of the places, <paramref name="least"/> times in all.</summary>
    /// <param name="needs">One of these characters is in every match: a text without them, which most texts are, is passed over at once. Empty for none.</param>
    public static ScoreCheck Pattern(ImmutableArray<ScorePlace> places, RulePattern pattern, string needs, int least)
    {
        var needed = SearchValues.Create(needs);
        return message =>
        {
            var left = least;
            foreach (var place in places)
            {
                foreach (var (where, text) in message.At(place))
                {
                    if (needs.Length > 0 && !text.AsSpan().ContainsAny(needed))
                        continue;
                    foreach (var match in pattern.Expression.EnumerateMatches(text))
                    {
                        if (--left <= 0)
                            return Place(where, text.AsSpan(match.Index, match.Length));
                    }
                }
            }
            return null;
        };
    }

    /// <summary>So many different ones of the words occur at the places together, each as a word of its own, in any case.</summary>
    public static ScoreCheck Words(ImmutableArray<ScorePlace> places, ImmutableArray<string> words, int least)
    {
        var search = SearchValues.Create(words.AsSpan(), StringComparison.OrdinalIgnoreCase);
        return message =>
        {
            var found = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (where, text) in places.SelectMany(message.At))
            {
                Collect(text, search, words, found, least);
                if (found.Count >= least)
                    return Place(where, string.Join(", ", found));
            }
            return null;
        };
    }

    /// <summary>More than a share of the letters at a place are capitals, of <paramref name="letters"/> letters at least.</summary>
    /// <param name="percent">Of all letters.</param>
    public static ScoreCheck Capitals(ImmutableArray<ScorePlace> places, int letters, int percent) => message =>
    {
        foreach (var (where, text) in places.SelectMany(message.At))
        {
            var (capitals, all) = CountLetters(text);
            if (all >= letters && capitals * 100L > all * (long)percent)
                return $"{where}: {capitals} of {all} letters";
        }
        return null;
    };

    /// <summary>The place and what was found there, made fit to be shown.</summary>
    public static string Place(string where, ReadOnlySpan<char> found) => $"{where}: {VisibleText.Escape(found[..Math.Min(found.Length, MostShown + 1)].ToString(), MostShown)}";

    private static (int Capitals, int All) CountLetters(ReadOnlySpan<char> text)
    {
        var (capitals, all) = (0, 0);
        foreach (var c in text)
        {
            all += char.IsLetter(c) ? 1 : 0;
            capitals += char.IsUpper(c) ? 1 : 0;
        }
        return (capitals, all);
    }

    private static void Collect(string text, SearchValues<string> search, ImmutableArray<string> words, SortedSet<string> found, int least)
    {
        var at = 0;
        for (var hits = 0; hits < MostHits && found.Count < least; hits++)
        {
            var next = text.AsSpan(at).IndexOfAny(search);
            if (next < 0)
                return;
            at += next;
            if (WordAt(text, at, words) is { } word)
                found.Add(word);
            at++;
        }
    }

    private static string? WordAt(string text, int at, ImmutableArray<string> words)
    {
        if (at > 0 && char.IsLetterOrDigit(text[at - 1]))
            return null;
        foreach (var word in words)
        {
            var end = at + word.Length;
            if (text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
                return word;
        }
        return null;
    }
}
