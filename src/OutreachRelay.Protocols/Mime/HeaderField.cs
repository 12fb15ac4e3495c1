using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>One field of a <see cref="HeaderSection"/>, a window onto its octets.</summary>
public readonly ref struct HeaderField
{
    private readonly int _nameLength;
    private readonly int _valueStart;

    internal HeaderField(ReadOnlySpan<byte> raw, int offset, int line)
    {
        Raw = raw;
        Offset = offset;
        Line = line;
        var colon = raw.IndexOf((byte)':');
        _valueStart = colon + 1;
        _nameLength = raw[..colon].TrimEnd(" \t"u8).Length;
    }

    /// <summary>Name, colon, value with its folding, and the CRLF at the end (missing only where the message ends without one).</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Where <see cref="Raw"/> begins in the section.</summary>
    public int Offset { get; }

    /// <summary>The line the field begins on, from 1.</summary>
    public int Line { get; }

    /// <summary>The name as written, without white space before the colon.</summary>
    public ReadOnlySpan<byte> Name => Raw[.._nameLength];

    /// <summary>What follows the colon, folding and white space included, without the CRLF at the end.</summary>
    public ReadOnlySpan<byte> Value => Raw.EndsWith("\r\n"u8) ? Raw[_valueStart..^2] : Raw[_valueStart..];

    /// <summary>Whether the value is nothing but white space.</summary>
    public bool IsBlank => !Value.ContainsAnyExcept(" \t\r\n"u8);

    /// <summary>Whether the field has this name; case does not matter.</summary>
    public bool Is(ReadOnlySpan<byte> name) => name.Length == _nameLength && Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>The value unfolded (RFC 5322 §2.2.3) and trimmed, as text; octets that are no UTF-8 become U+FFFD. Encoded words stay encoded.</summary>
    public string GetText()
    {
        var value = Value.Trim(" \t\r\n"u8);
        // Each CRLF here is one of a folding: the white space after it is the value's.
        return value.IndexOf((byte)'\n') < 0
            ? Encoding.UTF8.GetString(value)
            : Encoding.UTF8.GetString(value).Replace("\r\n", "", StringComparison.Ordinal);
    }
}

/// <summary>Walks over the fields of a section that was read successfully.</summary>
public ref struct HeaderFieldEnumerator
{
    private readonly ReadOnlySpan<byte> _fields;
    private int _next;
    private int _nextLine;

    internal HeaderFieldEnumerator(ReadOnlySpan<byte> fields)
    {
        _fields = fields;
        _nextLine = 1;
    }

    public HeaderField Current { get; private set; }

    public bool MoveNext()
    {
        if (_next == _fields.Length)
            return false;
        var start = _next;
        var line = _nextLine;
        do
        {
            var end = _fields[_next..].IndexOf((byte)'\n');
            _next = end < 0 ? _fields.Length : _next + end + 1;
            _nextLine++;
        }
        while (_next < _fields.Length && _fields[_next] is (byte)' ' or (byte)'\t');
        Current = new HeaderField(_fields[start.._next], start, line);
        return true;
    }
}
