using System.Buffers;
using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Decodes text with encoded words (RFC 2047 §6.2).</summary>
public static class EncodedText
{
    /// <summary>Decodes an unstructured value, such as that of <c>Subject</c>.</summary>
    /// <param name="value">The value, with or without folding.</param>
    /// <param name="text">The text; octets that are invalid in their charset become U+FFFD. What is decoded may hold any character, line ends included.</param>
    /// <returns><see langword="false"/> when a word names an unknown charset.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> value, out string text)
    {
        var decoder = new EncodedTextBuilder();
        decoder.AppendUnstructured(value);
        text = decoder.ToString();
        return !decoder.HasUnknownCharset;
    }
}

/// <summary>Collects decoded text. Adjacent words of one charset are joined before they are decoded: some programs split a character between two.</summary>
internal sealed class EncodedTextBuilder
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create(" \t\r\n="u8);

    private readonly StringBuilder _text = new();
    private readonly ArrayBufferWriter<byte> _octets = new();
    private Encoding? _charset;
    private bool _spaceBefore;
    private bool _afterWord;

    public bool HasUnknownCharset { get; private set; }

    /// <summary>White space here: it counts unless it stands between two encoded words, at the start or at the end.</summary>
    public void AppendSpace() => _spaceBefore = true;

    public void AppendWord(EncodedWord word)
    {
        var charset = Charsets.Find(word.Charset);
        if (charset is null)
        {
            HasUnknownCharset = true;
            return;
        }
        if (!_afterWord)
            Separate();
        else if (!charset.Equals(_charset))
            Flush();
        _charset = charset;
        _afterWord = true;
        _spaceBefore = false;
        _octets.Advance(word.Decode(_octets.GetSpan(word.Text.Length + 1)));
    }

    public void AppendText(ReadOnlySpan<byte> text)
    {
        Flush();
        Separate();
        _text.Append(Encoding.UTF8.GetString(text));
    }

    /// <summary>Appends text in which white space separates words that may be encoded.</summary>
    public void AppendUnstructured(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            if (Cfws.IsSpace(text[0]))
            {
                AppendSpace();
                text = text[1..];
                continue;
            }
            if (EncodedWord.TryRead(text, out var word))
            {
                AppendWord(word);
                text = text[word.Length..];
                continue;
            }
            var length = RunLength(text, Ends);
            AppendText(text[..length]);
            text = text[length..];
        }
    }

    /// <summary>Octets up to the next of the ends or the next encoded word, which may begin inside a word: some programs forget the space before it.</summary>
    /// <param name="ends">What ends a run, an equals sign among them.</param>
    public static int RunLength(ReadOnlySpan<byte> text, SearchValues<byte> ends)
    {
        for (var at = 1; at < text.Length; at++)
        {
            var next = text[at..].IndexOfAny(ends);
            if (next < 0)
                break;
            at += next;
            if (text[at] != '=' || EncodedWord.TryRead(text[at..], out _))
                return at;
        }
        return text.Length;
    }

    public override string ToString()
    {
        Flush();
        return _text.ToString();
    }

    private void Separate()
    {
        if (_spaceBefore && _text.Length > 0)
            _text.Append(' ');
        _spaceBefore = false;
    }

    private void Flush()
    {
        if (_afterWord)
            _text.Append(_charset!.GetString(_octets.WrittenSpan));
        _octets.ResetWrittenCount();
        _afterWord = false;
    }
}
