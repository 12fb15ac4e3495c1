using System.Text;

namespace OutreachRelay.Policy.Score;

/// <summary>Collects text with its white space folded, up to a length; the rest is dropped.</summary>
internal sealed class FoldedText(int maxLength)
{
    private readonly StringBuilder _text = new();
    private char _gap;

    public void Append(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && _text.Length < maxLength)
        {
            var length = 0;
            while (length < text.Length && !char.IsWhiteSpace(text[length]))
                length++;
            if (length > 0)
                AppendWord(text[..Math.Min(length, maxLength - _text.Length)]);
            var gap = length;
            while (length < text.Length && char.IsWhiteSpace(text[length]))
                length++;
            if (length > gap && _gap == 0)
                _gap = ' ';
            text = text[length..];
        }
    }

    /// <summary>What follows begins a line.</summary>
    public void Break() => _gap = '\n';

    public void Clear()
    {
        _text.Clear();
        _gap = '\0';
    }

    public override string ToString() => _text.ToString();

    private void AppendWord(ReadOnlySpan<char> word)
    {
        if (_gap != 0 && _text.Length > 0)
            _text.Append(_gap);
        _gap = '\0';
        _text.Append(word);
    }
}
