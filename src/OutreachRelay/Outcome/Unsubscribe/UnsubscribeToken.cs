using System.Buffers.Binary;
using System.Buffers.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>What a link to unsubscribe says, to us alone: whose mail the recipient asks not to get. It needs nothing but the keys to be understood, so it works as long as they do.</summary>
/// <param name="Client">The client's number in the store.</param>
/// <param name="Direction">That of the direction, where the link is about that alone; else 0.</param>
/// <param name="Entry">The entry that was sent, which may be purged.</param>
public readonly record struct UnsubscribeToken(RecipientHash Recipient, long Client, long Direction, long Entry)
{
    // Version, hash, two numbers, entry, signature: 49 octets, 66 characters.
    private const byte Version = 1;
    private const int PayloadSize = 1 + RecipientHash.Size + 4 + 4 + 8;
    private const int Size = PayloadSize + TokenKeys.SignatureSize;

    /// <summary>Characters of a token, all of them letters, digits, <c>-</c> and <c>_</c>.</summary>
    public static readonly int Length = Base64Url.GetEncodedLength(Size);

    private static ReadOnlySpan<byte> Purpose => "unsubscribe"u8;

    public string Encode(TokenKeys keys)
    {
        Span<byte> octets = stackalloc byte[Size];
        octets[0] = Version;
        Recipient.Write(octets[1..]);
        BinaryPrimitives.WriteInt32BigEndian(octets[17..], checked((int)Client));
        BinaryPrimitives.WriteInt32BigEndian(octets[21..], checked((int)Direction));
        BinaryPrimitives.WriteInt64BigEndian(octets[25..], Entry);
        keys.Sign(Purpose, octets[..PayloadSize], octets[PayloadSize..]);
        return Base64Url.EncodeToString(octets);
    }

    /// <summary>Reads a token that we signed. What is not one takes as long as what is.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, TokenKeys keys, out UnsubscribeToken token)
    {
        Span<byte> octets = stackalloc byte[Size];
        octets.Clear();
        // The last character of 49 octets has unused bits: of the spellings that decode alike only ours counts.
        var isWhole = text.Length == Length && Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, octets, out var written) && written == Size
            && text.SequenceEqual(Base64Url.EncodeToString(octets));
        var isSigned = keys.Verify(Purpose, octets[..PayloadSize], octets[PayloadSize..]);
        token = new UnsubscribeToken(
            RecipientHash.Read(octets[1..17]), BinaryPrimitives.ReadInt32BigEndian(octets[17..]), BinaryPrimitives.ReadInt32BigEndian(octets[21..]),
            BinaryPrimitives.ReadInt64BigEndian(octets[25..]));
        return isWhole && isSigned && octets[0] == Version;
    }
}
