using System.Buffers;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>A text without what is its recipient's own, and with its lines joined. One pass.</summary>
internal static class CommonText
{
    // No text holds it: MIME allows no NUL.
    private const byte Mark = 0;
    private const int ShortestToken = 16;

    private static readonly SearchValues<byte> Openings = SearchValues.Create("{[%$|*<#"u8);
    private static readonly SearchValues<byte> Closings = SearchValues.Create("}]%|*>"u8);
    private static readonly SearchValues<byte> Placeholder = SearchValues.Create("{}[]%$|*#"u8);
    private static readonly SearchValues<byte> LinkEnds = SearchValues.Create(" \t\r\n\"'<>()"u8);

    /// <summary>Writes a field's value, decoded.</summary>
    /// <returns>The number of octets; 0 when there is no such field.</returns>
    public static int WriteField(ArrayBufferWriter<byte> output, HeaderSection header, ReadOnlySpan<byte> name, PersonalWords words)
    {
        if (!header.TryFind(name, out var field))
            return 0;
        if (field.Value.IndexOf("=?"u8) < 0)
            return Write(output, field.Value, words);
        EncodedText.TryDecode(field.Value, out var text);
        return Write(output, System.Text.Encoding.UTF8.GetBytes(text), words);
    }

    /// <summary>Writes the field <c>To</c>, which is the recipient's own, only when it may hold a placeholder.</summary>
    /// <returns>The number of octets.</returns>
    public static int WritePlaceholders(ArrayBufferWriter<byte> output, HeaderSection header) =>
        header.TryFind("To"u8, out var field) && (field.Value.ContainsAny(Placeholder) || field.Value.IndexOf("=?"u8) >= 0)
            ? WriteField(output, header, "To"u8, default)
            : 0;

    /// <summary>Writes what a text has in common with its copies.</summary>
    /// <returns>The number of octets, at most those of the text.</returns>
    public static int Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text, PersonalWords words)
    {
        if (text.IsEmpty)
            return 0;
        var pass = new Pass(text, words, output.GetSpan(text.Length));
        pass.Run();
        output.Advance(pass.Length);
        return pass.Length;
    }

    private static bool IsTokenMark(byte octet) => octet is (byte)'_' or (byte)'-' or (byte)'~';

    // A placeholder's punctuation on both sides, whatever is in it: "{{ann}}" is none of the recipient's words.
    private static bool IsNamed(ReadOnlySpan<byte> text, int start, int end) =>
        (start > 0 && Openings.Contains(text[start - 1]) && text[start - 1] != '<') || (end < text.Length && Closings.Contains(text[end]) && text[end] is not ((byte)'<' or (byte)'>'))
        || (start > 1 && text[start - 1] == '<' && text[start - 2] == '<');

    private static bool IsToken(ReadOnlySpan<byte> word) =>
        word.Length >= ShortestToken || word.ContainsAnyInRange((byte)'0', (byte)'9');

    private ref struct Pass(ReadOnlySpan<byte> text, PersonalWords words, Span<byte> buffer)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly Span<byte> _buffer = buffer;
        private readonly PersonalWords _words = words;
        private TextMarks _marks = new(text, words);
        private int _at;

        public int Length { get; private set; }

        public void Run()
        {
            while (_at < _text.Length)
            {
                Keep(_marks.Find(_at));
                if (_at == _text.Length)
                    return;
                if (_text[_at] is (byte)'\r' or (byte)'\n' or (byte)'\t')
                    Fold();
                else if (TextMarks.IsWord(_text[_at]))
                    KeepWord(inPath: false);
                else
                    KeepLink();
            }
        }

        private void Keep(int end)
        {
            _text[_at..end].CopyTo(_buffer[Length..]);
            Length += end - _at;
            _at = end;
        }

        // Where a line is broken depends on the length of a name.
        private void Fold()
        {
            while (Length > 0 && _buffer[Length - 1] == ' ')
                Length--;
            while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                _at++;
            _buffer[Length++] = (byte)' ';
        }

        // Or whatever else stands there.
        private void KeepLink()
        {
            if (!_text[_at..].StartsWith("://"u8))
            {
                Keep(_at + 1);
                return;
            }
            Keep(_at + 3);
            var length = _text[_at..].IndexOfAny(LinkEnds);
            var end = length < 0 ? _text.Length : _at + length;
            // The path begins at the first slash or question mark behind the host.
            for (var inPath = false; _at < end;)
            {
                inPath = inPath || _text[_at] is (byte)'/' or (byte)'?';
                if (TextMarks.IsWord(_text[_at]))
                    KeepWord(inPath);
                else
                    Keep(_at + 1);
            }
        }

        private void KeepWord(bool inPath)
        {
            var end = _at + 1;
            while (end < _text.Length && (TextMarks.IsWord(_text[end]) || (inPath && IsTokenMark(_text[end]))))
                end++;
            var word = _text[_at..end];
            if (IsNamed(_text, _at, end) || !(inPath ? IsToken(word) : _words.Contain(word)))
            {
                Keep(end);
                return;
            }
            _buffer[Length++] = Mark;
            _at = end;
        }
    }
}
