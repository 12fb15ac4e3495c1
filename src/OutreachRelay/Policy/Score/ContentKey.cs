using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>What the copies of one template have in common: a hash of a message without what is its recipient's own.</summary>
/// <remarks>
/// Left out are the words of the recipient's name and address wherever they stand, unless they touch the punctuation of a placeholder; long runs with
/// digits in the paths of links, which are tokens; and the length of white space. Everything else counts, octet for octet and decoded: two messages of
/// one key differ in nothing that a rule looks at. Attachments count as they are.
/// </remarks>
internal readonly record struct ContentKey(long A, long B, long C, long D)
{
    private const int MaxParts = 50;
    private const int MaxDepth = 8;

    /// <summary>The key of a message.</summary>
    /// <param name="scope">Between whom nothing is shared: the client, and how its mail leaves.</param>
    public static ContentKey Of(ReadOnlyMemory<byte> content, HeaderSection header, string scope)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var words = PersonalWords.Of(header);
        var buffer = ArrayPool<byte>.Shared.Rent(content.Length + 1024);
        try
        {
            Add(hash, Encoding.UTF8.GetBytes(scope));
            Add(hash, CommonText.OfField(header, "Subject"u8, words, buffer));
            Add(hash, CommonText.OfField(header, "From"u8, default, buffer));
            Add(hash, CommonText.Placeholders(header, buffer));
            Add(hash, Presence(header));
            foreach (var part in MessageParts.Read(content, new PartLimits(MaxParts, MaxDepth)).Leaves)
                Add(hash, part, words, buffer);
            return Finish(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Add(IncrementalHash hash, MessagePart part, PersonalWords words, byte[] buffer)
    {
        Add(hash, Encoding.UTF8.GetBytes($"{part.MediaType}\0{part.Encoding}\0{part.FileName}\0{part.IsAttachment}\0{part.Faults}"));
        if (!part.IsText || part.IsAttachment)
            Add(hash, part.Raw.Span);
        else
            Add(hash, CommonText.Of(part.Content.Span, words, buffer));
    }

    // Of these fields rules ask only whether they are there.
    private static ReadOnlySpan<byte> Presence(HeaderSection header)
    {
        var present = new byte[6];
        foreach (var field in header)
        {
            var index = field.Name.Length switch
            {
                2 when field.Is("To"u8) => 0,
                4 when field.Is("Date"u8) => 1,
                10 when field.Is("Message-ID"u8) => 2,
                10 when field.Is("References"u8) => 3,
                11 when field.Is("In-Reply-To"u8) => 3,
                16 when field.Is("List-Unsubscribe"u8) => 4,
                _ => 5,
            };
            present[index] = index == 5 || field.IsBlank ? present[index] : (byte)1;
        }
        return present;
    }

    // With lengths, so that the end of one part cannot pass for the beginning of the next.
    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    private static ContentKey Finish(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return new ContentKey(
            BinaryPrimitives.ReadInt64BigEndian(digest), BinaryPrimitives.ReadInt64BigEndian(digest[8..]),
            BinaryPrimitives.ReadInt64BigEndian(digest[16..]), BinaryPrimitives.ReadInt64BigEndian(digest[24..]));
    }
}
