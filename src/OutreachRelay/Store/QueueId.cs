using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Store;

/// <summary>The text form of an entry's or message's id: letters and digits that sort like the number (Crockford's base 32, 13 characters).</summary>
public static class QueueId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 13;

    public static string Format(long id) =>
        string.Create(Length, id, static (text, value) =>
        {
            for (var i = Length - 1; i >= 0; i--, value >>= 5)
                text[i] = Alphabet[(int)(value & 31)];
        });

    /// <summary>Reads what <see cref="Format"/> wrote, in either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out long id)
    {
        id = 0;
        if (text is not { Length: Length })
            return false;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(c));
            if (digit < 0)
                return false;
            id = (id << 5) | (uint)digit;
        }
        return id > 0;
    }
}
