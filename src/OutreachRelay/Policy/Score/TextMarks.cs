using System.Numerics;
using System.Runtime.Intrinsics;

namespace OutreachRelay.Policy.Score;

/// <summary>The places of a text at which <see cref="CommonText"/> has to look: everything between them is copied as it is.</summary>
internal ref struct TextMarks(ReadOnlySpan<byte> text, PersonalWords words)
{
    private const byte FirstPrintable = (byte)' ';
    private static readonly int Width = Vector512<byte>.Count;

    private readonly ReadOnlySpan<byte> _text = text;
    private readonly PersonalWords _words = words;
    private int _block = -Width;
    private ulong _marks;

    /// <summary>The first place from <paramref name="start"/> on that is a control character, the colon of a link or the beginning of what may be one of the words.</summary>
    /// <param name="start">Never before the place that was found last: each block of the text is looked at once.</param>
    /// <returns>The text's length when there is none.</returns>
    public int Find(int start)
    {
        // A block is looked at together with the octet before it and the one behind it.
        var at = start == 0 && !_text.IsEmpty && !IsMark(0) ? 1 : start;
        while (at > 0 && IsInBlock(at))
        {
            for (; _marks != 0; _marks &= _marks - 1)
            {
                var mark = _block + BitOperations.TrailingZeroCount(_marks);
                if (_text[mark] <= ':' || _words.MayBegin(_text[mark..]))
                    return mark;
            }
            at = _block + Width;
        }
        while (at < _text.Length && !IsMark(at))
            at++;
        return at;
    }

    /// <summary>Whether an octet belongs to a word: ASCII letters and digits, and whatever is beyond ASCII.</summary>
    public static bool IsWord(byte octet) => octet >= 0x80 || char.IsAsciiLetterOrDigit((char)octet);

    private readonly bool IsMark(int at) => _text[at] switch
    {
        < FirstPrintable => true,
        (byte)':' => at + 1 < _text.Length && _text[at + 1] == '/',
        _ => IsWord(_text[at]) && (at == 0 || !IsWord(_text[at - 1])) && _words.MayBegin(_text[at..]),
    };

    // Whether a whole block holds the place; what is before it is of no interest any more.
    private bool IsInBlock(int at)
    {
        if (at - _block < Width)
        {
            _marks &= ulong.MaxValue << (at - _block);
            return true;
        }
        if (at + Width >= _text.Length)
            return false;
        _block = at;
        _marks = Marks(_text.Slice(at - 1, Width + 2), _words.Pairs);
        return true;
    }

    // A bit for each octet but the first and last; what begins with two octets of a word may yet be another.
    private static ulong Marks(ReadOnlySpan<byte> window, ReadOnlySpan<Vector512<byte>> pairs)
    {
        var lowerCase = Vector512.Create((byte)0x20);
        var octets = Vector512.Create(window[1..]);
        var next = Vector512.Create(window[2..]);
        var marks = Vector512.LessThan(octets, Vector512.Create(FirstPrintable))
            | (Vector512.Equals(octets, Vector512.Create((byte)':')) & Vector512.Equals(next, Vector512.Create((byte)'/')));
        var (lower, nextLower) = (octets | lowerCase, next | lowerCase);
        var begins = Vector512<byte>.Zero;
        for (var i = 0; i + 1 < pairs.Length; i += 2)
            begins |= Vector512.Equals(lower, pairs[i]) & Vector512.Equals(nextLower, pairs[i + 1]);
        return (marks | Vector512.AndNot(begins, AreWords(Vector512.Create(window)))).ExtractMostSignificantBits();
    }

    private static Vector512<byte> AreWords(Vector512<byte> octets) =>
        Vector512.LessThan((octets | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)26))
        | Vector512.LessThan(octets - Vector512.Create((byte)'0'), Vector512.Create((byte)10))
        | Vector512.GreaterThanOrEqual(octets, Vector512.Create((byte)0x80));
}
