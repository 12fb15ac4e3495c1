using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Writes text as encoded words (RFC 2047) in UTF-8, safe in a phrase as well as in unstructured text.</summary>
internal static class EncodedWordWriter
{
    // RFC 2047 §2: a word has at most 75 octets, of which "=?UTF-8?B?" and "?=" take twelve.
    private const int MaxWord = 75;
    private const int Overhead = 12;

    // RFC 2047 §5 (3): what may stand for itself in a phrase.
    private static readonly SearchValues<byte> Literal =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"u8);

    /// <summary>Writes words of at most 75 octets on lines of at most 76, never splitting a character; B or Q, whichever is shorter.</summary>
    /// <param name="column">Octets already on the line; on return those on the last line written.</param>
    public static void Write(IBufferWriter<byte> output, string text, ref int column)
    {
        var asBase64 = PrefersBase64(text);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var room = Math.Min(MaxWord, AddressWriter.MaxLine - column) - Overhead;
            var length = TakeWord(rest, room, asBase64);
            if (length == 0 || (column > 1 && length < rest.Length && room < 24))
            {
                output.Write("\r\n "u8);
                column = 1;
                length = TakeWord(rest, MaxWord - Overhead, asBase64);
            }
            column += WriteWord(output, rest[..length], asBase64);
            rest = rest[length..];
            if (!rest.IsEmpty)
            {
                output.Write("\r\n "u8);
                column = 1;
            }
        }
    }

    // How many code units fit in a word: whole text elements, or whole code points where one element is too long for any word.
    private static int TakeWord(ReadOnlySpan<char> text, int room, bool asBase64)
    {
        var octets = 0;
        var taken = 0;
        while (taken < text.Length)
        {
            var element = StringInfo.GetNextTextElementLength(text[taken..]);
            var cost = Cost(text.Slice(taken, element), asBase64);
            if (!Fits(octets + cost, room, asBase64))
            {
                if (taken > 0 || Fits(cost, MaxWord - Overhead, asBase64))
                    return taken;
                return TakeRunes(text, room, asBase64);
            }
            octets += cost;
            taken += element;
        }
        return taken;
    }

    private static int TakeRunes(ReadOnlySpan<char> text, int room, bool asBase64)
    {
        var octets = 0;
        var taken = 0;
        while (taken < text.Length)
        {
            Rune.DecodeFromUtf16(text[taken..], out _, out var length);
            octets += Cost(text.Slice(taken, length), asBase64);
            if (!Fits(octets, room, asBase64))
                break;
            taken += length;
        }
        return taken;
    }

    private static bool Fits(int octets, int room, bool asBase64) => asBase64 ? (octets + 2) / 3 * 4 <= room : octets <= room;

    private static int Cost(ReadOnlySpan<char> text, bool asBase64)
    {
        if (asBase64)
            return Encoding.UTF8.GetByteCount(text);
        var cost = 0;
        foreach (var c in text)
            cost += c == ' ' || (c < 0x80 && Literal.Contains((byte)c)) ? 1 : c < 0x80 ? 3 : c < 0x800 ? 6 : char.IsSurrogate(c) ? 6 : 9;
        return cost;
    }

    private static bool PrefersBase64(string text) => Cost(text, asBase64: false) > (Encoding.UTF8.GetByteCount(text) + 2) / 3 * 4;

    private static int WriteWord(IBufferWriter<byte> output, ReadOnlySpan<char> text, bool asBase64)
    {
        Span<byte> octets = stackalloc byte[3 * (MaxWord - Overhead)];
        octets = octets[..Encoding.UTF8.GetBytes(text, octets)];
        var word = output.GetSpan(MaxWord);
        (asBase64 ? "=?UTF-8?B?"u8 : "=?UTF-8?Q?"u8).CopyTo(word);
        var length = Overhead - 2;
        if (asBase64)
        {
            Base64.EncodeToUtf8(octets, word[length..], out _, out var written);
            length += written;
        }
        else
        {
            foreach (var octet in octets)
                length += WriteQ(word[length..], octet);
        }
        "?="u8.CopyTo(word[length..]);
        output.Advance(length + 2);
        return length + 2;
    }

    private static int WriteQ(Span<byte> word, byte octet)
    {
        if (octet == ' ' || Literal.Contains(octet))
        {
            word[0] = octet == ' ' ? (byte)'_' : octet;
            return 1;
        }
        word[0] = (byte)'=';
        word[1] = (byte)"0123456789ABCDEF"[octet >> 4];
        word[2] = (byte)"0123456789ABCDEF"[octet & 15];
        return 3;
    }
}
