using System.Buffers;

namespace OutreachRelay.Protocols.Mime;

/// <summary>What a header section may need at most.</summary>
/// <param name="MaxSize">Octets of the section, the empty line included.</param>
/// <param name="MaxFields">Number of fields.</param>
public readonly record struct HeaderLimits(int MaxSize, int MaxFields)
{
    /// <summary>256 KiB and 2,000 fields: well above what mail programs write, far below what hurts.</summary>
    public static HeaderLimits Default => new(256 * 1024, 2_000);

    /// <summary>For sections that were checked when they were accepted.</summary>
    public static HeaderLimits None => new(int.MaxValue - 1, int.MaxValue);
}

/// <summary>The header section of a message (RFC 5322 §2.2) over its octets as received. Nothing is copied, decoded or normalised.</summary>
/// <remarks>Enumerate it with <c>foreach</c>: fields in order, without allocation. The fields' <see cref="HeaderField.Raw"/> joined are <see cref="Fields"/>.</remarks>
public readonly struct HeaderSection
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n\0"u8);

    private readonly int _fieldsLength;

    private HeaderSection(ReadOnlyMemory<byte> raw, int fieldsLength, int count)
    {
        Raw = raw;
        _fieldsLength = fieldsLength;
        Count = count;
    }

    /// <summary>The whole section; the empty line at its end included, where there is one.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The fields with their line ends, without the empty line.</summary>
    public ReadOnlyMemory<byte> Fields => Raw[.._fieldsLength];

    /// <summary>Octets up to the body.</summary>
    public int Length => Raw.Length;

    /// <summary>Number of fields, at least 1.</summary>
    public int Count { get; }

    /// <summary>Reads the header section at the start of a message.</summary>
    /// <param name="content">The message with CRLF line ends. A section that ends with the content, without an empty line, is complete (RFC 5322 §3.5).</param>
    /// <param name="limits">Bounds; beyond them nothing is looked at.</param>
    /// <param name="error">What is malformed and in which line.</param>
    /// <returns><see langword="false"/> with <paramref name="error"/> set when there is no well-formed section.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> content, HeaderLimits limits, out HeaderSection section, out HeaderError error)
    {
        var text = content.Span;
        var window = text[..(int)Math.Min(text.Length, limits.MaxSize + 1L)];
        section = default;
        error = default;
        var fields = 0;
        var at = 0;
        for (var line = 1; at < text.Length; line++)
        {
            var length = window[at..].IndexOfAny(LineEnds);
            var next = length < 0 ? window.Length : at + length + 2;
            if (next > limits.MaxSize)
                return Fail(HeaderFault.TooLarge, line, out error);
            if (length < 0)
                length = window.Length - at;
            else if (text[at + length] != '\r' || next > text.Length || text[next - 1] != '\n')
                return Fail(HeaderFault.ControlCharacter, line, out error);
            if (length == 0)
                return fields == 0 ? Fail(HeaderFault.NoHeaderSection, line, out error) : Succeed(content[..next], at, fields, out section);
            var fault = CheckLine(text.Slice(at, length), fields, limits.MaxFields, out var isField);
            if (fault != HeaderFault.None)
                return Fail(fault, line, out error);
            fields += isField ? 1 : 0;
            at = next;
        }
        return fields == 0 ? Fail(HeaderFault.NoHeaderSection, 1, out error) : Succeed(content, at, fields, out section);
    }

    /// <summary>Finds the first field of a name.</summary>
    /// <param name="name">Without colon; case does not matter.</param>
    public bool TryFind(ReadOnlySpan<byte> name, out HeaderField field)
    {
        foreach (var candidate in this)
        {
            if (candidate.Is(name))
            {
                field = candidate;
                return true;
            }
        }
        field = default;
        return false;
    }

    public HeaderFieldEnumerator GetEnumerator() => new(Fields.Span);

    private static HeaderFault CheckLine(ReadOnlySpan<byte> line, int fields, int maxFields, out bool isField)
    {
        isField = line[0] is not ((byte)' ' or (byte)'\t');
        if (!isField)
            return fields == 0 ? HeaderFault.FoldedFirstLine : HeaderFault.None;
        if (fields == maxFields)
            return HeaderFault.TooManyFields;
        var colon = line.IndexOf((byte)':');
        if (colon < 0)
            return fields == 0 ? HeaderFault.NoHeaderSection : HeaderFault.NoColon;
        // RFC 5322 §3.6.8: a name is printable ASCII; §4.5: white space before the colon is obsolete, yet to be read.
        var name = line[..colon].TrimEnd(" \t"u8);
        return name.IsEmpty || name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? HeaderFault.BadName : HeaderFault.None;
    }

    private static bool Fail(HeaderFault fault, int line, out HeaderError error)
    {
        error = new HeaderError(fault, line);
        return false;
    }

    private static bool Succeed(ReadOnlyMemory<byte> raw, int fieldsLength, int count, out HeaderSection section)
    {
        section = new HeaderSection(raw, fieldsLength, count);
        return true;
    }
}
