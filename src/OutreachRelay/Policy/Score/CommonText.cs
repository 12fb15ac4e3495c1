using System.Buffers;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>A text without what is its recipient's own. One pass, into a buffer of the caller.</summary>
internal static class CommonText
{
    // No text holds it: MIME allows no NUL.
    private const byte Mark = 0;
    private const int ShortestToken = 16;

    private static readonly SearchValues<byte> Openings = SearchValues.Create("{[%$|*<#"u8);
    private static readonly SearchValues<byte> Closings = SearchValues.Create("}]%|*>"u8);
    private static readonly SearchValues<byte> Placeholder = SearchValues.Create("{}[]%$|*#"u8);
    private static readonly SearchValues<byte> LinkEnds = SearchValues.Create(" \t\r\n\"'<>()"u8);

    /// <summary>A field's value, decoded.</summary>
    public static ReadOnlySpan<byte> OfField(HeaderSection header, ReadOnlySpan<byte> name, PersonalWords words, byte[] buffer)
    {
        if (!header.TryFind(name, out var field))
            return default;
        if (field.Value.IndexOf("=?"u8) < 0)
            return Of(field.Value, words, buffer);
        EncodedText.TryDecode(field.Value, out var text);
        return Of(System.Text.Encoding.UTF8.GetBytes(text), words, buffer);
    }

    /// <summary>The field <c>To</c> is the recipient's own, unless it may hold a placeholder.</summary>
    public static ReadOnlySpan<byte> Placeholders(HeaderSection header, byte[] buffer) =>
        header.TryFind("To"u8, out var field) && (field.Value.ContainsAny(Placeholder) || field.Value.IndexOf("=?"u8) >= 0)
            ? OfField(header, "To"u8, default, buffer)
            : default;

    /// <param name="buffer">At least as long as the text.</param>
    /// <returns>A part of the buffer.</returns>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text, PersonalWords words, byte[] buffer)
    {
        if (text.Length > buffer.Length)
            return text;
        var length = 0;
        var inPath = false;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            if (text[at] is (byte)' ' or (byte)'\r' or (byte)'\n' or (byte)'\t')
            {
                while (at < text.Length && text[at] is (byte)' ' or (byte)'\r' or (byte)'\n' or (byte)'\t')
                    at++;
                buffer[length++] = (byte)' ';
                inPath = false;
            }
            else if (!IsWord(text[at]))
            {
                inPath = (inPath && !LinkEnds.Contains(text[at])) || IsPathStart(text, at);
                buffer[length++] = text[at++];
            }
            else
            {
                while (at < text.Length && (IsWord(text[at]) || (inPath && IsTokenMark(text[at]))))
                    at++;
                var word = text[start..at];
                if (!IsNamed(text, start, at) && (inPath ? IsToken(word) : words.Contain(word)))
                    buffer[length++] = Mark;
                else
                {
                    word.CopyTo(buffer.AsSpan(length));
                    length += word.Length;
                }
            }
        }
        return buffer.AsSpan(0, length);
    }

    private static bool IsWord(byte octet) => octet >= 0x80 || char.IsAsciiLetterOrDigit((char)octet);

    private static bool IsTokenMark(byte octet) => octet is (byte)'_' or (byte)'-' or (byte)'~';

    // A placeholder's punctuation on both sides, whatever is in it: "{{ann}}" is none of the recipient's words.
    private static bool IsNamed(ReadOnlySpan<byte> text, int start, int end) =>
        (start > 0 && Openings.Contains(text[start - 1]) && text[start - 1] != '<') || (end < text.Length && Closings.Contains(text[end]) && text[end] is not ((byte)'<' or (byte)'>'))
        || (start > 1 && text[start - 1] == '<' && text[start - 2] == '<');

    // The first slash or question mark behind the host of a link.
    private static bool IsPathStart(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] is not ((byte)'/' or (byte)'?') || at < 4 || text[at - 1] is (byte)'/' or (byte)':' || text[at - 1] == '<')
            return false;
        var window = text[Math.Max(0, at - 260)..at];
        var scheme = window.LastIndexOf("://"u8);
        return scheme >= 0 && !window[(scheme + 3)..].ContainsAny(LinkEnds);
    }

    private static bool IsToken(ReadOnlySpan<byte> word) =>
        word.Length >= ShortestToken || word.ContainsAnyInRange((byte)'0', (byte)'9');
}
