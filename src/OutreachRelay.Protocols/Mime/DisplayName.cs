using System.Buffers;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Display names made safe (RFC 5322 §3.4): what is written is one phrase, reads back as the same text and cannot pretend to be anything else.</summary>
public static class DisplayName
{
    /// <summary>UTF-16 code units after which a name is cut; the last one is then <c>…</c>.</summary>
    public const int MaxLength = 256;

    private static readonly SearchValues<char> AtomText =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~ ");

    private static readonly SearchValues<char> PlainText =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.,");

    private static readonly SearchValues<char> AtSigns = SearchValues.Create("@\uFE6B\uFF20");

    /// <summary>Removes what has no place in a name: controls, line and paragraph separators, bidi controls. White space is joined, a lone surrogate becomes U+FFFD, and what is too long is cut.</summary>
    /// <returns>At most <see cref="MaxLength"/> code units. Cleaning twice gives the same text.</returns>
    public static string Clean(string name)
    {
        if (IsClean(name))
            return name;
        var clean = new StringBuilder(Math.Min(name.Length, MaxLength + 2));
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is ' ' or '\t')
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                    clean.Append(' ');
            }
            else if (!IsForbidden(rune.Value))
                clean.Append(rune);
            // What is beyond would be cut; a name of a megabyte need not be copied for that.
            if (clean.Length > 4 * MaxLength)
                break;
        }
        return Cut(clean.ToString().TrimEnd(' '));
    }

    /// <summary>Whether the name contains something that reads like an address, for example <c>ceo@bank.example</c>, also with a compatibility form of the at sign.</summary>
    public static bool ContainsAddress(string name)
    {
        for (var at = name.AsSpan().IndexOfAny(AtSigns); at >= 0;)
        {
            if (at > 0 && at + 1 < name.Length && name[at - 1] != ' ' && name[at + 1] != ' ')
                return true;
            var next = name.AsSpan(at + 1).IndexOfAny(AtSigns);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return false;
    }

    /// <summary>Writes a cleaned name: as atoms, as a quoted string, or as encoded words, whichever is the first that can carry it.</summary>
    internal static void WriteClean(IBufferWriter<byte> output, string name, ref int column)
    {
        // A literal "=?" would be taken for an encoded word by lenient readers, even inside quotes.
        var isPlain = name.Length <= AddressWriter.MaxLine && Ascii.IsValid(name) && !name.Contains("=?", StringComparison.Ordinal);
        var phrase = isPlain && name.AsSpan().ContainsAnyExcept(AtomText) ? Quote(name) : name;
        if (!isPlain || column + phrase.Length > AddressWriter.MaxLine)
        {
            EncodedWordWriter.Write(output, name, ref column);
            return;
        }
        column += phrase.Length;
        output.Write(Encoding.ASCII.GetBytes(phrase));
    }

    private static string Quote(string name) => "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static bool IsClean(string name) =>
        name.Length <= MaxLength && !name.StartsWith(' ') && !name.EndsWith(' ') && !name.Contains("  ", StringComparison.Ordinal)
        && name.AsSpan().IndexOfAnyExcept(PlainText) is var first && (first < 0 || AllAllowed(name.AsSpan(first)));

    private static bool AllAllowed(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (IsForbidden(c) || char.IsSurrogate(c))
                return false;
        }
        return true;
    }

    // The bidi controls are those of UAX #9 §2. U+FFFD may be there: it says honestly that something could not be read.
    private static bool IsForbidden(int c) =>
        c is < 0x20 or (>= 0x7F and < 0xA0) or 0x061C or 0x200E or 0x200F or (>= 0x2028 and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF;

    private static string Cut(string name)
    {
        if (name.Length <= MaxLength)
            return name;
        var length = 0;
        while (true)
        {
            var next = StringInfo.GetNextTextElementLength(name.AsSpan(length));
            if (length + next > MaxLength - 1)
                break;
            length += next;
        }
        // One text element can be endless (combining marks): then it is cut between code points.
        if (length == 0)
            length = char.IsHighSurrogate(name[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1;
        return name[..length].TrimEnd(' ') + "…";
    }
}
