using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Values of fields as text.</summary>
internal static class FieldText
{
    /// <summary>The value on one line: runs of white space and control characters are one space, octets that are no UTF-8 are U+FFFD.</summary>
    public static string Clean(ReadOnlySpan<byte> value, int maxLength)
    {
        var isCut = value.Length > maxLength;
        var text = Encoding.UTF8.GetString(isCut ? value[..maxLength] : value);
        // A character that the cut went through.
        if (isCut)
            text = text.TrimEnd('\uFFFD');
        return Clean(text, maxLength);
    }

    /// <summary>A text on one line, as above.</summary>
    public static string Clean(string text, int maxLength)
    {
        if (text.Length > maxLength)
            text = text[..maxLength];
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsControl(c) && !char.IsWhiteSpace(c))
                clean.Append(c);
            else if (clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
        }
        return clean.ToString().TrimEnd();
    }

    /// <summary>Takes the type off <c>type; value</c>.</summary>
    /// <returns>In lower case; empty when there is none.</returns>
    public static string SplitType(ref string text)
    {
        var semicolon = text.IndexOf(';');
        if (semicolon is < 0 or > 40)
            return "";
        var type = text.AsSpan(0, semicolon).Trim();
        foreach (var c in type)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return "";
        }
        var lower = type.ToString().ToLowerInvariant();
        text = text[(semicolon + 1)..].Trim();
        return lower;
    }

    /// <summary>The host of <c>dns; mx.example.com (192.0.2.1)</c>; <see langword="null"/> for none.</summary>
    public static string? ReadHost(ReadOnlySpan<byte> value)
    {
        var text = Clean(value, 400);
        SplitType(ref text);
        var end = text.AsSpan().IndexOfAny(' ', '(');
        var host = end < 0 ? text : text[..end];
        return host.Length is 0 or > 255 ? null : host;
    }

    /// <summary>A date of a report. The day of the week is passed over: some, those of RFC 5965's examples among them, have a wrong one.</summary>
    public static DateTimeOffset? ReadDate(ReadOnlySpan<byte> value)
    {
        var text = Clean(value, 256);
        var comma = text.IndexOf(',');
        return MailDate.TryParse(comma is > 0 and < 12 ? text[(comma + 1)..] : text, out var date) ? date : null;
    }
}
