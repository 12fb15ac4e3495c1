using System.Buffers.Binary;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>
/// The address to which a recipient writes to unsubscribe, for mail programs that know no links (RFC 2369 §3.2): <c>uTOKEN@domain</c> at the domain of a return path. The token says what that of
/// a link says, in the 64 octets that a local part may have (RFC 5321 §4.5.3.1.1), and in either case, for some servers change it.
/// </summary>
public static class UnsubscribeMailbox
{
    private const char Prefix = 'u';
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648 §6
    private const int DigitBits = 5;

    // Hash, client, direction, entry: 30 octets. What is left is signature: 72 bits, to be tried out over SMTP alone, ten guesses a connection.
    private const int NumberSize = 3;
    private const int PayloadSize = RecipientHash.Size + NumberSize + NumberSize + sizeof(long);
    private const int SignatureSize = 9;
    private const int Size = PayloadSize + SignatureSize;
    private const int Digits = ((Size * 8) + DigitBits - 1) / DigitBits;
    private const long MaxNumber = (1 << (8 * NumberSize)) - 1;

    private static ReadOnlySpan<byte> Purpose => "unsubscribe-mail"u8;

    /// <param name="domain">That of a return path.</param>
    /// <returns><see langword="null"/> when a number of the token is too large, which is after sixteen million names.</returns>
    public static string? Make(UnsubscribeToken token, string domain, TokenKeys keys)
    {
        if (token.Client > MaxNumber || token.Direction > MaxNumber)
            return null;
        Span<byte> octets = stackalloc byte[Size];
        token.Recipient.Write(octets);
        WriteNumber(octets[RecipientHash.Size..], token.Client);
        WriteNumber(octets[(RecipientHash.Size + NumberSize)..], token.Direction);
        BinaryPrimitives.WriteInt64BigEndian(octets[(PayloadSize - sizeof(long))..], token.Entry);
        Span<byte> signature = stackalloc byte[TokenKeys.SignatureSize];
        keys.Sign(Purpose, octets[..PayloadSize], signature);
        signature[..SignatureSize].CopyTo(octets[PayloadSize..]);
        return $"{Prefix}{Encode(octets)}@{domain}";
    }

    /// <summary>Reads a local part that we made.</summary>
    /// <param name="localPart">Untrusted.</param>
    public static bool TryRead(ReadOnlySpan<char> localPart, TokenKeys keys, out UnsubscribeToken token)
    {
        token = default;
        Span<byte> octets = stackalloc byte[Size];
        if (localPart.Length != 1 + Digits || (localPart[0] | 0x20) != Prefix || !TryDecode(localPart[1..], octets)
            || !keys.Verify(Purpose, octets[..PayloadSize], octets[PayloadSize..]))
            return false;
        token = new UnsubscribeToken(
            RecipientHash.Read(octets[..RecipientHash.Size]), ReadNumber(octets[RecipientHash.Size..]), ReadNumber(octets[(RecipientHash.Size + NumberSize)..]),
            BinaryPrimitives.ReadInt64BigEndian(octets[(PayloadSize - sizeof(long))..]));
        return true;
    }

    private static string Encode(ReadOnlySpan<byte> octets)
    {
        Span<char> text = stackalloc char[Digits];
        for (var i = 0; i < Digits; i++)
        {
            var (at, shift) = Math.DivRem(i * DigitBits, 8);
            var pair = (octets[at] << 8) | (at + 1 < octets.Length ? octets[at + 1] : 0);
            text[i] = Alphabet[(pair >> (16 - DigitBits - shift)) & 31];
        }
        return text.ToString();
    }

    // Of the spellings that decode alike, the last digit having unused bits, only ours counts.
    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> octets)
    {
        octets.Clear();
        for (var i = 0; i < Digits; i++)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(text[i]));
            if (digit < 0)
                return false;
            var (at, shift) = Math.DivRem(i * DigitBits, 8);
            var pair = digit << (16 - DigitBits - shift);
            octets[at] |= (byte)(pair >> 8);
            if (at + 1 < octets.Length)
                octets[at + 1] |= (byte)pair;
            else if ((byte)pair != 0)
                return false;
        }
        return true;
    }

    private static void WriteNumber(Span<byte> octets, long number)
    {
        for (var i = 0; i < NumberSize; i++)
            octets[i] = (byte)(number >> (8 * (NumberSize - 1 - i)));
    }

    private static long ReadNumber(ReadOnlySpan<byte> octets) => (octets[0] << 16) | (octets[1] << 8) | octets[2];
}
