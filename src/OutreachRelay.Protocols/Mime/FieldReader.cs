using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Reads fields out of any text: line ends may be CRLF or LF, and lines that are no fields are passed over.</summary>
/// <remarks><see cref="HeaderSection"/> refuses what is malformed, rightly for mail that is to be sent on; reports come malformed.</remarks>
/// <param name="text">The octets.</param>
/// <param name="isSection">Whether the first empty line ends the fields, as it does a header section.</param>
internal ref struct FieldReader(ReadOnlySpan<byte> text, bool isSection)
{
    private const int MaxNameLength = 100;

    private readonly ReadOnlySpan<byte> _text = text;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Without the white space around it; folding included.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where <see cref="Value"/> begins.</summary>
    public int ValueStart { get; private set; }

    /// <summary>Whether an empty line stood before the field.</summary>
    public bool IsAfterBlank { get; private set; }

    /// <summary>Where the field begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the rest begins: behind the empty line at the end of a section.</summary>
    public int Position { get; private set; }

    public readonly bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    public bool TryRead()
    {
        IsAfterBlank = false;
        while (Position < _text.Length)
        {
            var start = Position;
            var line = ReadLine();
            if (Lines.IsBlank(line))
            {
                IsAfterBlank = true;
                if (isSection)
                    return false;
                continue;
            }
            var colon = line[..Math.Min(line.Length, MaxNameLength + 1)].IndexOf((byte)':');
            Name = colon <= 0 ? default : line[..colon].TrimEnd(" \t"u8);
            if (Name.IsEmpty || Name.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
                continue;
            SkipContinuation();
            Start = start;
            var value = _text[(start + colon + 1)..Position].TrimEnd(" \t\r\n"u8);
            Value = value.TrimStart(" \t\r\n"u8);
            ValueStart = start + colon + 1 + value.Length - Value.Length;
            return true;
        }
        return false;
    }

    private void SkipContinuation()
    {
        while (Position < _text.Length && _text[Position] is (byte)' ' or (byte)'\t')
        {
            var start = Position;
            if (!Lines.IsBlank(ReadLine()))
                continue;
            Position = start;
            return;
        }
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        var at = Position;
        var line = Lines.Read(_text, ref at);
        Position = at;
        return line;
    }
}

/// <summary>Lines that end in CRLF or LF.</summary>
internal static class Lines
{
    /// <summary>Reads the line at a place, without its end, and moves behind it.</summary>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> text, scoped ref int at)
    {
        var start = at;
        var length = text[start..].IndexOf((byte)'\n');
        at = length < 0 ? text.Length : start + length + 1;
        var line = length < 0 ? text[start..] : text.Slice(start, length);
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>The text from its first line on that is not blank.</summary>
    public static ReadOnlyMemory<byte> SkipBlank(ReadOnlyMemory<byte> text)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            if (!IsBlank(Read(text.Span, ref at)))
                return text[start..];
        }
        return default;
    }

    public static bool IsBlank(ReadOnlySpan<byte> line) => !line.ContainsAnyExcept(" \t\r"u8);
}
