namespace OutreachRelay.Protocols.Mime;

/// <summary>How far a message is taken apart. What exceeds a bound is left out, never an error.</summary>
/// <param name="MaxParts">Parts that are looked at, multiparts not counted.</param>
/// <param name="MaxDepth">How deep multiparts may nest; what lies deeper is one part. Each level costs one pass over the message.</param>
public readonly record struct PartLimits(int MaxParts, int MaxDepth);

/// <summary>A message taken apart (RFC 2046 §5.1), down to the parts that are no multipart. A message inside the message is one part, whatever is in it.</summary>
public sealed class MessageParts
{
    private readonly PartLimits _limits;

    private MessageParts(ReadOnlyMemory<byte> message, PartLimits limits) => (Root, _limits) = (MessagePart.Read(message), limits);

    /// <summary>The message itself.</summary>
    public MessagePart Root { get; }

    /// <summary>The parts in their order; the message itself, when it is no multipart.</summary>
    public List<MessagePart> Leaves { get; } = [];

    /// <summary>What is wrong with the structure; each part has its own faults beside.</summary>
    public PartFaults Faults { get; private set; }

    /// <summary>Takes a message apart. Never throws and never recurses; it takes time linear to the message for each level.</summary>
    /// <param name="message">The whole message, or its beginning; line ends may be CRLF or LF. The parts are windows onto it.</param>
    public static MessageParts Read(ReadOnlyMemory<byte> message, PartLimits limits)
    {
        var parts = new MessageParts(message, limits);
        parts.Collect();
        return parts;
    }

    private void Collect()
    {
        var waiting = new Stack<(MessagePart Part, int Depth)>();
        waiting.Push((Root, 0));
        while (Leaves.Count < _limits.MaxParts && waiting.TryPop(out var next))
        {
            var children = MayHaveParts(next.Part) ? Open(next.Part, next.Depth) : [];
            if (children.Count == 0)
                Leaves.Add(next.Part);
            for (var i = children.Count - 1; i >= 0; i--)
                waiting.Push((MessagePart.Read(children[i]), next.Depth + 1));
        }
        if (waiting.Count > 0)
            Faults |= PartFaults.TooMany;
    }

    private List<ReadOnlyMemory<byte>> Open(MessagePart part, int depth)
    {
        if (depth < _limits.MaxDepth)
            return Split(part);
        Faults |= PartFaults.TooDeep;
        return [];
    }

    // A message that lost its Content-Type on the way still begins with a delimiter.
    private static bool MayHaveParts(MessagePart part) => part.IsMultipart || (part.MediaType == "text/plain" && IsDelimiterOfParts(part.Raw.Span));

    private List<ReadOnlyMemory<byte>> Split(MessagePart part)
    {
        if (part.Boundary.IsEmpty)
            Faults |= PartFaults.NoBoundary;
        var parts = Split(part.Raw, part.Boundary.Span);
        if (parts.Count > 0)
            return parts;
        Faults |= PartFaults.NoParts;
        return Split(part.Raw, GuessBoundary(part.Raw.Span));
    }

    private List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> content, ReadOnlySpan<byte> boundary)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        var start = -1;
        for (var at = 0; !boundary.IsEmpty && parts.Count < _limits.MaxParts;)
        {
            var lineStart = FindHyphens(content.Span, at);
            if (lineStart < 0)
                break;
            at = lineStart;
            if (!IsDelimiter(Lines.Read(content.Span, ref at), boundary, out var isLast))
                continue;
            if (start >= 0)
                parts.Add(content[start..Math.Max(start, EndBefore(content.Span, lineStart))]);
            start = at;
            if (isLast)
                return parts;
        }
        if (start < 0)
            return parts;
        // Without the last delimiter the message was cut off: what is there is the part.
        Faults |= parts.Count < _limits.MaxParts ? PartFaults.NotClosed : PartFaults.TooMany;
        if (start < content.Length && parts.Count < _limits.MaxParts)
            parts.Add(content[start..]);
        return parts;
    }

    // The next line that begins as a delimiter does; -1 when there is none.
    private static int FindHyphens(ReadOnlySpan<byte> content, int lineStart)
    {
        if (content[lineStart..].StartsWith("--"u8))
            return lineStart;
        var lineEnd = content[lineStart..].IndexOf("\n--"u8);
        return lineEnd < 0 ? -1 : lineStart + lineEnd + 1;
    }

    // RFC 2046 §5.1.1: white space may follow, and nothing else: the boundary of an outer multipart may begin with an inner one's.
    private static bool IsDelimiter(ReadOnlySpan<byte> line, ReadOnlySpan<byte> boundary, out bool isLast)
    {
        isLast = false;
        if (!line.StartsWith("--"u8) || !line[2..].StartsWith(boundary))
            return false;
        var rest = line[(2 + boundary.Length)..].TrimEnd(" \t"u8);
        isLast = rest.SequenceEqual("--"u8);
        return rest.IsEmpty || isLast;
    }

    // RFC 2046 §5.1.1: the line end before a delimiter belongs to it.
    private static int EndBefore(ReadOnlySpan<byte> content, int lineStart)
    {
        if (lineStart > 0)
            lineStart--;
        return lineStart > 0 && content[lineStart - 1] == '\r' ? lineStart - 1 : lineStart;
    }

    private static bool IsDelimiterOfParts(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith("--"u8))
            return false;
        var at = 0;
        Lines.Read(content, ref at);
        var reader = new FieldReader(content[at..], isSection: true);
        return reader.TryRead() && reader.Name.Length > 8 && System.Text.Ascii.EqualsIgnoreCase(reader.Name[..8], "Content-"u8);
    }

    /// <summary>The boundary that the first line with two hyphens and a part's field behind it implies.</summary>
    private static ReadOnlySpan<byte> GuessBoundary(ReadOnlySpan<byte> content)
    {
        for (var at = 0; at < content.Length;)
        {
            var start = at;
            var line = Lines.Read(content, ref at).TrimEnd(" \t"u8);
            if (line.Length is > 2 and <= 200 && line.StartsWith("--"u8))
                return IsDelimiterOfParts(content[start..]) ? line[2..] : default;
        }
        return default;
    }
}
