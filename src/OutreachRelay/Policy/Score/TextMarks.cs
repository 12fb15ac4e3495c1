using System.Numerics;
using System.Runtime.Intrinsics;

namespace OutreachRelay.Policy.Score;

/// <summary>The places of a text at which <see cref="CommonText"/> has to look: everything between them is copied as it is.</summary>
internal static class TextMarks
{
    private const byte FirstPrintable = (byte)' ';

    /// <summary>The first place from <paramref name="start"/> on that is a control character, the colon of a link or the beginning of what may be one of the words.</summary>
    /// <returns>The text's length when there is none.</returns>
    public static int Find(ReadOnlySpan<byte> text, int start, in PersonalWords words)
    {
        var at = start;
        // A block is looked at together with the octet before it and the one behind it.
        if (at == 0 && text.Length > 0 && !IsMark(text, at, words))
            at++;
        for (; at > 0 && at + Vector256<byte>.Count < text.Length; at += Vector256<byte>.Count)
        {
            for (var marks = Marks(text.Slice(at - 1, Vector256<byte>.Count + 2), words.Pairs); marks != 0; marks &= marks - 1)
            {
                var mark = at + BitOperations.TrailingZeroCount(marks);
                if (text[mark] <= ':' || words.MayBegin(text[mark..]))
                    return mark;
            }
        }
        while (at < text.Length && !IsMark(text, at, words))
            at++;
        return at;
    }

    /// <summary>Whether an octet belongs to a word: ASCII letters and digits, and whatever is beyond ASCII.</summary>
    public static bool IsWord(byte octet) => octet >= 0x80 || char.IsAsciiLetterOrDigit((char)octet);

    private static bool IsMark(ReadOnlySpan<byte> text, int at, in PersonalWords words) => text[at] switch
    {
        < FirstPrintable => true,
        (byte)':' => at + 1 < text.Length && text[at + 1] == '/',
        _ => IsWord(text[at]) && (at == 0 || !IsWord(text[at - 1])) && words.MayBegin(text[at..]),
    };

    // A bit for each octet but the first and last; what begins with two octets of a word may yet be another.
    private static uint Marks(ReadOnlySpan<byte> window, ReadOnlySpan<byte> pairs)
    {
        var lowerCase = Vector256.Create((byte)0x20);
        var octets = Vector256.Create(window[1..]);
        var next = Vector256.Create(window[2..]);
        var marks = Vector256.LessThan(octets, Vector256.Create(FirstPrintable))
            | (Vector256.Equals(octets, Vector256.Create((byte)':')) & Vector256.Equals(next, Vector256.Create((byte)'/')));
        var (lower, nextLower) = (octets | lowerCase, next | lowerCase);
        var begins = Vector256<byte>.Zero;
        for (var i = 0; i + 1 < pairs.Length; i += 2)
            begins |= Vector256.Equals(lower, Vector256.Create(pairs[i])) & Vector256.Equals(nextLower, Vector256.Create(pairs[i + 1]));
        return (marks | Vector256.AndNot(begins, AreWords(Vector256.Create(window)))).ExtractMostSignificantBits();
    }

    private static Vector256<byte> AreWords(Vector256<byte> octets) =>
        Vector256.LessThan((octets | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)26))
        | Vector256.LessThan(octets - Vector256.Create((byte)'0'), Vector256.Create((byte)10))
        | Vector256.GreaterThanOrEqual(octets, Vector256.Create((byte)0x80));
}
