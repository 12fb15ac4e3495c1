using System.Buffers;

namespace OutreachRelay.Protocols.Toml;

/// <summary>Where the reader stands in the document, and the error that ended it.</summary>
internal ref struct TomlCursor
{
    /// <summary>TOML 1.0: control characters other than tab are allowed nowhere, apart from line ends.</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private readonly ReadOnlySpan<byte> _text;
    private readonly int _start;
    private int _markOffset;
    private TomlPosition _mark = new(1, 1);

    public TomlCursor(ReadOnlySpan<byte> text)
    {
        _text = text;
        _start = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        _markOffset = _start;
        Offset = _start;
    }

    public int Offset { get; set; }

    public TomlError? Error { get; private set; }

    public readonly bool AtEnd => Offset >= _text.Length;

    public readonly bool AtLineEnd => Peek() == '\n' || (Peek() == '\r' && Peek(1) == '\n');

    public readonly ReadOnlySpan<byte> Rest => _text[Offset..];

    /// <summary>The octet that many places ahead, or -1 behind the end.</summary>
    public readonly int Peek(int ahead = 0) => Offset + ahead < _text.Length ? _text[Offset + ahead] : -1;

    /// <summary>The position here. The scan goes on from the position asked for last, so that a document is counted once.</summary>
    public TomlPosition Position() => PositionAt(Offset);

    /// <summary>Records the error; always <see langword="false"/>.</summary>
    public bool Fail(string message) => FailAt(Offset, message);

    public bool FailAt(int offset, string message) => FailAt(PositionAt(offset), message);

    public bool FailAt(TomlPosition position, string message)
    {
        Error ??= new TomlError(position.Line, position.Column, message);
        return false;
    }

    public void SkipSpaces()
    {
        var spaces = Rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
        Offset = spaces < 0 ? _text.Length : Offset + spaces;
    }

    public bool TrySkipLineEnd()
    {
        if (!AtLineEnd)
            return false;
        Offset += Peek() == '\r' ? 2 : 1;
        return true;
    }

    public bool TrySkipComment()
    {
        if (Peek() != '#')
            return true;
        var end = Rest.IndexOfAny(Controls);
        Offset = end < 0 ? _text.Length : Offset + end;
        return AtEnd || AtLineEnd || Fail("a comment must not hold a control character");
    }

    /// <summary>Skips what may stand between the values of an array: white space, line ends, comments.</summary>
    public bool TrySkipBlank()
    {
        do
        {
            SkipSpaces();
            if (!TrySkipComment())
                return false;
        }
        while (TrySkipLineEnd());
        return true;
    }

    /// <summary>Skips the rest of a line that is complete.</summary>
    public bool TryEndLine()
    {
        SkipSpaces();
        return TrySkipComment() && (AtEnd || TrySkipLineEnd() || Fail("expected the end of the line"));
    }

    private TomlPosition PositionAt(int offset)
    {
        if (offset < _markOffset)
            (_markOffset, _mark) = (_start, new TomlPosition(1, 1));
        var between = _text[_markOffset..offset];
        var (line, column) = (_mark.Line, _mark.Column);
        var lastLineEnd = between.LastIndexOf((byte)'\n');
        if (lastLineEnd >= 0)
        {
            line += between.Count((byte)'\n');
            column = 1;
            between = between[(lastLineEnd + 1)..];
        }
        foreach (var octet in between)
            column += (octet & 0xC0) == 0x80 ? 0 : 1; // a continuation octet of UTF-8 begins no character
        _markOffset = offset;
        return _mark = new TomlPosition(line, column);
    }
}
