using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>What the copies of one template have in common: a hash of a message without what is its recipient's own.</summary>
/// <remarks>
/// Left out are the words of the recipient's name and address wherever they stand, unless they touch the punctuation of a placeholder; long runs with
/// digits in the paths of links, which are tokens; and where lines are broken. Everything else counts, octet for octet and decoded: two messages of
/// one key differ in nothing that a rule looks at. Attachments count as they are.
/// </remarks>
internal readonly record struct ContentKey(UInt128 Hash)
{
    private const int MaxParts = 50;
    private const int MaxDepth = 8;

    // As large as the longest message that is looked at, once and for each thread.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _facts;

    /// <summary>The key of a message.</summary>
    /// <param name="scope">Between whom nothing is shared: the client, and how its mail leaves.</param>
    public static ContentKey Of(ReadOnlyMemory<byte> content, HeaderSection header, string scope)
    {
        var words = PersonalWords.Of(header);
        var facts = _facts ??= new ArrayBufferWriter<byte>();
        facts.ResetWrittenCount();
        Add(facts, Encoding.UTF8.GetBytes(scope));
        Close(facts, CommonText.WriteField(facts, header, "Subject"u8, words));
        Close(facts, CommonText.WriteField(facts, header, "From"u8, default));
        Close(facts, CommonText.WritePlaceholders(facts, header));
        Add(facts, Presence(header));
        foreach (var part in MessageParts.Read(content, new PartLimits(MaxParts, MaxDepth)).Leaves)
        {
            Add(facts, Encoding.UTF8.GetBytes($"{part.MediaType}\0{part.Encoding}\0{part.FileName}\0{part.IsAttachment}\0{part.Faults}"));
            if (!part.IsText || part.IsAttachment)
                Add(facts, part.Raw.Span);
            else
                Close(facts, CommonText.Write(facts, part.Content.Span, words));
        }
        return new ContentKey(ContentHash.Of(facts.WrittenSpan));
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

    private static void Add(ArrayBufferWriter<byte> facts, ReadOnlySpan<byte> fact)
    {
        facts.Write(fact);
        Close(facts, fact.Length);
    }

    // The length behind it, so that the end of one fact cannot pass for the beginning of the next.
    private static void Close(ArrayBufferWriter<byte> facts, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(facts.GetSpan(4), length);
        facts.Advance(4);
    }
}
