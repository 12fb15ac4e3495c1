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
    private static readonly HashSet<string> NotPersonal = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "undefined", "none", "nan", "name", "first", "last", "full", "given", "firstname", "lastname", "fname", "lname", "company", "vorname",
        "nachname", "firma", "email", "title", "http", "https", "href", "www", "com", "org", "net",
    };

    private readonly byte[][]? _words;

    private PersonalWords(byte[][] words) => _words = words;

    /// <summary>Reads the first <c>To</c> field. Encoded words are decoded; words of 3 to 32 letters, the first sixteen.</summary>
    public static PersonalWords Of(HeaderSection header)
    {
        if (!header.TryFind("To"u8, out var field))
            return default;
        EncodedText.TryDecode(field.Value[..Math.Min(field.Value.Length, MaxField)], out var text);
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < text.Length && words.Count < Most;)
        {
            var start = at;
            while (at < text.Length && char.IsLetter(text[at]))
                at++;
            var word = text[start..at];
            if (word.Length is >= Shortest and <= Longest && !NotPersonal.Contains(word))
                words.Add(word);
            at += at == start ? 1 : 0;
        }
        return new PersonalWords([.. words.Select(Encoding.UTF8.GetBytes)]);
    }

    /// <summary>Whether a word of a text is one of them; ASCII letters in any case.</summary>
    public bool Contain(ReadOnlySpan<byte> word)
    {
        foreach (var personal in _words ?? [])
        {
            if (personal.Length == word.Length && IsEqual(personal, word))
                return true;
        }
        return false;
    }

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
