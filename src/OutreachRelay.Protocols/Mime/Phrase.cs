using System.Buffers;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Phrases (RFC 5322 §3.2.5): the words of a display name, with encoded words among them (RFC 2047 §5).</summary>
internal static class Phrase
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create(" \t\r\n(\"="u8);

    /// <summary>Decodes a phrase; comments are passed over.</summary>
    /// <returns><see langword="false"/> when a word names an unknown charset; <paramref name="name"/> is then without it.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> phrase, out string name)
    {
        name = "";
        if (phrase.IsEmpty)
            return true;
        var decoder = new EncodedTextBuilder();
        for (var at = 0; at < phrase.Length;)
        {
            var start = at;
            if (Cfws.IsSpace(phrase[at]) || phrase[at] == '(')
            {
                Cfws.Skip(phrase, ref at);
                decoder.AppendSpace();
            }
            else if (phrase[at] == '"')
            {
                Cfws.SkipQuoted(phrase, ref at);
                // RFC 2047 §5 forbids encoded words in quotes, yet many programs write them and many readers decode them.
                decoder.AppendUnstructured(Unquote(phrase[start..at]));
            }
            else if (EncodedWord.TryRead(phrase[at..], out var word))
            {
                at += word.Length;
                decoder.AppendWord(word);
            }
            else
            {
                at += EncodedTextBuilder.RunLength(phrase[at..], Ends);
                decoder.AppendText(phrase[start..at]);
            }
        }
        name = decoder.ToString();
        return !decoder.HasUnknownCharset;
    }

    /// <summary>The content of a quoted string: without quotes, escapes and folding (RFC 5322 §3.2.4). The closing quote may be missing.</summary>
    public static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> quoted)
    {
        var inner = quoted.Length > 1 && quoted[^1] == '"' ? quoted[1..^1] : quoted[1..];
        if (inner.IndexOfAny("\\\r\n"u8) < 0)
            return inner;
        var content = new byte[inner.Length];
        var length = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length)
                i++;
            else if (inner[i] is (byte)'\r' or (byte)'\n')
                continue;
            content[length++] = inner[i];
        }
        return content.AsSpan(0, length);
    }
}
