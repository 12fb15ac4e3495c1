namespace OutreachRelay.Protocols.Dsn;

/// <summary>Takes a message apart, down to the parts that are no multipart. A returned message is one part, whatever is in it.</summary>
internal static class MessageParts
{
    /// <summary>The parts in their order; the first of the list is the message itself, when it is no multipart.</summary>
    public static List<MessagePart> Read(ReadOnlyMemory<byte> message, BounceOptions options, out MessagePart root)
    {
        root = MessagePart.Read(message);
        var leaves = new List<MessagePart>();
        var waiting = new Stack<(MessagePart Part, int Depth)>();
        waiting.Push((root, 0));
        while (leaves.Count < options.MaxParts && waiting.TryPop(out var next))
        {
            var children = MayHaveParts(next.Part) && next.Depth < options.MaxDepth ? Split(next.Part, options.MaxParts) : [];
            if (children.Count == 0)
                leaves.Add(next.Part);
            for (var i = children.Count - 1; i >= 0; i--)
                waiting.Push((MessagePart.Read(children[i]), next.Depth + 1));
        }
        return leaves;
    }

    // A message that lost its Content-Type on the way still begins with a delimiter.
    private static bool MayHaveParts(MessagePart part) => part.IsMultipart || (part.MediaType == "text/plain" && IsDelimiterOfParts(part.Raw.Span));

    private static List<ReadOnlyMemory<byte>> Split(MessagePart part, int max)
    {
        var parts = Split(part.Raw, part.Boundary.Span, max);
        return parts.Count > 0 ? parts : Split(part.Raw, GuessBoundary(part.Raw.Span), max);
    }

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> content, ReadOnlySpan<byte> boundary, int max)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        var start = -1;
        for (var at = 0; at < content.Length && !boundary.IsEmpty && parts.Count < max;)
        {
            var lineStart = at;
            if (!IsDelimiter(Lines.Read(content.Span, ref at), boundary, out var isLast))
                continue;
            if (start >= 0)
                parts.Add(content[start..Math.Max(start, EndBefore(content.Span, lineStart))]);
            start = at;
            if (isLast)
                return parts;
        }
        // Without the last delimiter the message was cut off: what is there is the part.
        if (start >= 0 && start < content.Length && parts.Count < max)
            parts.Add(content[start..]);
        return parts;
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
