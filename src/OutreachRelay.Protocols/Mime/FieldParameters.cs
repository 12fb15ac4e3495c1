using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>The parameters of <c>Content-Type</c> and <c>Content-Disposition</c> (RFC 2045 §5.1, RFC 2183), with the continuations and charsets of RFC 2231.</summary>
internal static class FieldParameters
{
    private const int MaxLength = 200;
    private const int MaxText = 255;
    private const int MaxSections = 20;

    /// <summary>A parameter's value, without quotes; empty when there is none, or one of more than 200 octets.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        var tokens = new FieldTokens(value);
        while (tokens.TryRead(out var token))
        {
            if (Ascii.EqualsIgnoreCase(token, name) && tokens.TryRead(out var found))
                return found.Length > MaxLength ? default : found;
        }
        return default;
    }

    /// <summary>A parameter as text, whichever way it is written; of at most 255 characters, empty when there is none.</summary>
    public static string ReadText(ReadOnlySpan<byte> value, string name)
    {
        var text = new StringBuilder();
        Encoding? charset = null;
        var tokens = new FieldTokens(value);
        for (var sections = 0; sections < MaxSections && tokens.TryRead(out var token);)
        {
            if (!IsOf(token, name, out var suffix) || !tokens.TryRead(out var section))
                continue;
            sections++;
            // RFC 2231 §4: charset'language'text in percent signs; only the first section names the charset.
            if (suffix.EndsWith("*"u8))
                AppendExtended(text, section, ref charset);
            else
                text.Append(suffix.IsEmpty && EncodedText.TryDecode(section, out var decoded) ? decoded : Encoding.UTF8.GetString(section));
            if (suffix.IsEmpty || text.Length > MaxText)
                break;
        }
        return text.Length > MaxText ? text.ToString(0, MaxText) : text.ToString();
    }

    // RFC 2231 §3: name*0, name*1*, …; sections are taken in the order in which they stand.
    private static bool IsOf(ReadOnlySpan<byte> token, string name, out ReadOnlySpan<byte> suffix)
    {
        suffix = token.Length >= name.Length ? token[name.Length..] : default;
        return token.Length >= name.Length && Ascii.EqualsIgnoreCase(token[..name.Length], name) && (suffix.IsEmpty || suffix[0] == '*');
    }

    private static void AppendExtended(StringBuilder text, ReadOnlySpan<byte> section, ref Encoding? charset)
    {
        if (charset is null)
        {
            var first = section.IndexOf((byte)'\'');
            var second = first < 0 ? -1 : section[(first + 1)..].IndexOf((byte)'\'');
            charset = (first > 0 ? Charsets.Find(section[..first]) : null) ?? Encoding.UTF8;
            section = second < 0 ? section : section[(first + second + 2)..];
        }
        text.Append(charset.GetString(TransferEncoding.DecodePercent(section)));
    }
}
