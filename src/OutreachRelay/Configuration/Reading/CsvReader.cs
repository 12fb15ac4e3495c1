using System.Buffers;
using System.Text;

namespace OutreachRelay.Configuration.Reading;

/// <param name="Text">The content without its quotes.</param>
/// <param name="Line">The line on which the field begins, from 1.</param>
/// <param name="Offset">Where it begins in the text; its quote, where it has one.</param>
/// <param name="LineOffset">Where that line begins.</param>
internal readonly record struct CsvField(string Text, int Line, int Offset, int LineOffset);

/// <summary>Reads comma-separated values with quotes (RFC 4180), line ends CRLF or LF. It goes on behind a broken line.</summary>
internal sealed class CsvReader(string text)
{
    private const string Expected =
        "expected a comma or the end of the line; a field that holds quotes must be quoted, and each quote in it doubled";

    private static readonly SearchValues<char> Ends = SearchValues.Create(",\"\r\n");

    private int _offset;
    private int _line = 1;
    private int _lineOffset;

    /// <summary>Why the row that was read last is broken, and the field's place; else <see langword="null"/>.</summary>
    public (CsvField At, string Message)? Error { get; private set; }

    /// <summary>Reads the next row; a blank line is a row with one empty field.</summary>
    /// <returns><see langword="false"/> at the end of the text.</returns>
    public bool TryReadRow(List<CsvField> fields)
    {
        fields.Clear();
        Error = null;
        if (_offset >= text.Length)
            return false;
        while (Error is null)
        {
            var start = new CsvField("", _line, _offset, _lineOffset);
            var content = Peek() == '"' ? ReadQuoted(start) : ReadPlain();
            fields.Add(start with { Text = content });
            if (Peek() == ',')
                _offset++;
            else if (Error is null && TryEndLine())
                return true;
            else
                Error ??= (Here(), Expected);
        }
        SkipLine();
        return true;
    }

    /// <summary>The column at which the field begins, from 1, in Unicode scalar values.</summary>
    public int Column(CsvField field)
    {
        var column = 1;
        foreach (var unit in text.AsSpan(field.LineOffset, field.Offset - field.LineOffset))
            column += char.IsLowSurrogate(unit) ? 0 : 1;
        return column;
    }

    private int Peek() => _offset < text.Length ? text[_offset] : -1;

    private CsvField Here() => new("", _line, _offset, _lineOffset);

    private string ReadPlain()
    {
        var length = text.AsSpan(_offset).IndexOfAny(Ends);
        length = length < 0 ? text.Length - _offset : length;
        var content = text.Substring(_offset, length);
        _offset += length;
        return content;
    }

    private string ReadQuoted(CsvField start)
    {
        var content = new StringBuilder();
        _offset++;
        while (true)
        {
            var length = text.AsSpan(_offset).IndexOf('"');
            if (length < 0)
            {
                _offset = text.Length;
                Error = (start, "the quote is not closed");
                return "";
            }
            content.Append(text, _offset, length);
            CountLines(length);
            _offset += length + 1;
            if (Peek() != '"')
                return content.ToString();
            content.Append('"');
            _offset++;
        }
    }

    private void CountLines(int length)
    {
        var span = text.AsSpan(_offset, length);
        if (span.LastIndexOf('\n') is >= 0 and var last)
        {
            _line += span.Count('\n');
            _lineOffset = _offset + last + 1;
        }
    }

    private bool TryEndLine()
    {
        if (_offset >= text.Length)
            return true;
        var length = Peek() == '\n' ? 1 : text.AsSpan(_offset).StartsWith("\r\n") ? 2 : 0;
        if (length == 0)
            return false;
        _offset += length;
        _line++;
        _lineOffset = _offset;
        return true;
    }

    private void SkipLine()
    {
        var length = text.AsSpan(_offset).IndexOf('\n');
        _offset = length < 0 ? text.Length : _offset + length;
        TryEndLine();
    }
}
