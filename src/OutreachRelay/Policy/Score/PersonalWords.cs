using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>The words of the recipient's name and address, as the field <c>To</c> has them.</summary>
internal readonly struct PersonalWords
{
    private const int Most = 16;
    private const int Shortest = 3;
    private const int Longest = 32;
    private const int MaxField = 1024;

    // What stands where a name was meant, or names the place of one: a rule may look for it.
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> NotPersonal = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "null", "undefined", "none", "nan", "name", "first", "last", "full", "given", "firstname", "lastname", "fname", "lname", "company", "vorname",
        "nachname", "firma", "email", "title", "http", "https", "href", "www", "com", "org", "net",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly byte[][]? _words;
    private readonly Vector512<byte>[]? _pairs;
    private readonly uint[]? _beginnings;

    private PersonalWords(byte[][] words)
    {
        _words = words;
        _pairs = new Vector512<byte>[words.Length * 2];
        _beginnings = new uint[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            _beginnings[i] = Beginning(words[i]);
            _pairs[2 * i] = Vector512.Create((byte)_beginnings[i]);
            _pairs[(2 * i) + 1] = Vector512.Create((byte)(_beginnings[i] >> 8));
        }
    }

    /// <summary>The first two octets of each word, one pair behind the other and each in all lanes; ASCII letters in lower case (the bit 0x20 is set in all).</summary>
    public ReadOnlySpan<Vector512<byte>> Pairs => _pairs;

    /// <summary>Reads the first <c>To</c> field. Encoded words are decoded; words of 3 to 32 letters, the first sixteen.</summary>
    public static PersonalWords Of(HeaderSection header)
    {
        if (!header.TryFind("To"u8, out var field))
            return default;
        EncodedText.TryDecode(field.Value[..Math.Min(field.Value.Length, MaxField)], out var text);
        var words = new List<byte[]>();
        for (var at = 0; at < text.Length && words.Count < Most;)
        {
            var start = at;
            while (at < text.Length && char.IsLetter(text[at]))
                at++;
            // A name stands in the address again.
            if (at - start is >= Shortest and <= Longest && !NotPersonal.Contains(text.AsSpan(start..at))
                && Encoding.UTF8.GetBytes(text, start, at - start) is var word && !Contain(CollectionsMarshal.AsSpan(words), word))
                words.Add(word);
            at += at == start ? 1 : 0;
        }
        return new PersonalWords([.. words]);
    }

    /// <summary>Whether a text may begin with one of them: its first three octets do.</summary>
    public bool MayBegin(ReadOnlySpan<byte> text)
    {
        if (text.Length < Shortest)
            return false;
        var beginning = Beginning(text);
        foreach (var candidate in _beginnings.AsSpan())
        {
            if (candidate == beginning)
                return true;
        }
        return false;
    }

    /// <summary>Whether a word of a text is one of them; ASCII letters in any case.</summary>
    public bool Contain(ReadOnlySpan<byte> word) => Contain(_words, word);

    private static bool Contain(ReadOnlySpan<byte[]> words, ReadOnlySpan<byte> word)
    {
        foreach (var personal in words)
        {
            if (personal.Length == word.Length && IsEqual(personal, word))
                return true;
        }
        return false;
    }

    private static uint Beginning(ReadOnlySpan<byte> text) => (uint)(text[0] | (text[1] << 8) | (text[2] << 16) | 0x202020);

    private static bool IsEqual(ReadOnlySpan<byte> personal, ReadOnlySpan<byte> word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if (personal[i] != word[i] && ((personal[i] ^ word[i]) != 0x20 || !char.IsAsciiLetter((char)word[i])))
                return false;
        }
        return true;
    }
}
