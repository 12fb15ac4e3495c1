using System.Text;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Parses macro-string and explain-string (RFC 7208 §7.1).</summary>
internal ref struct MacroParser(ReadOnlySpan<char> text, bool isExplanation)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly StringBuilder _literal = new();
    private int _at;
    private int _tail;

    public readonly List<MacroPiece> Pieces { get; } = [];

    /// <summary>What follows the last macro.</summary>
    public readonly ReadOnlySpan<char> Tail => _text[_tail..];

    public readonly bool EndsWithMacro => _tail > 0 && _tail == _text.Length;

    public bool TryParse()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c != '%')
            {
                // macro-literal is visible ASCII; an explanation may hold spaces.
                if (c is not (> ' ' and <= '~') && !(c == ' ' && isExplanation))
                    return false;
                _literal.Append(c);
                _at++;
            }
            else if (!TryParseExpand())
                return false;
        }
        Flush();
        return true;
    }

    private bool TryParseExpand()
    {
        if (_at + 1 >= _text.Length)
            return false;
        var c = _text[_at + 1];
        _at += 2;
        switch (c)
        {
            case '%': _literal.Append('%'); break;
            case '_': _literal.Append(' '); break;
            case '-': _literal.Append("%20"); break;
            case '{' when TryParseMacro(): break;
            default: return false;
        }
        _tail = _at;
        return true;
    }

    private bool TryParseMacro()
    {
        var end = _text[_at..].IndexOf('}');
        if (end < 1)
            return false;
        var body = _text.Slice(_at, end);
        _at += end + 1;
        var letter = char.ToLowerInvariant(body[0]);
        // RFC 7208 §7.2: c, r and t are for explanations only.
        if (!(isExplanation ? "slodiphcrtv" : "slodiphv").Contains(letter))
            return false;

        var rest = body[1..];
        if (!TryParseDigits(ref rest, out var keep))
            return false;
        var reverse = rest is ['r' or 'R', ..];
        if (reverse)
            rest = rest[1..];
        if (rest.IndexOfAnyExcept(".-+,/_=") >= 0)
            return false;
        Flush();
        Pieces.Add(new MacroPiece(null, letter, char.IsAsciiLetterUpper(body[0]), keep, reverse, rest.IsEmpty ? "." : rest.ToString()));
        return true;
    }

    // RFC 7208 §7.3: the number must not be zero. No name has more than 127 parts, so the value of a longer number does not matter.
    private static bool TryParseDigits(ref ReadOnlySpan<char> rest, out int number)
    {
        number = 0;
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? rest : rest[..length];
        rest = rest[digits.Length..];
        if (digits.IsEmpty)
            return true;
        foreach (var digit in digits)
            number = Math.Min(10_000, (number * 10) + (digit - '0'));
        return number > 0;
    }

    private readonly void Flush()
    {
        if (_literal.Length > 0)
            Pieces.Add(MacroPiece.Text(_literal.ToString()));
        _literal.Clear();
    }
}
