using System.Globalization;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>An address with its type (RFC 3464 §2.1.2, RFC 6533 §3), decoded.</summary>
/// <param name="Type">In lower case: <c>rfc822</c>, <c>utf-8</c>; empty when none was given.</param>
/// <param name="Address">Without angle brackets; not checked.</param>
public sealed record ReportAddress(string Type, string Address)
{
    /// <summary>Longer values are nobody's address: a path has at most 256 octets (RFC 5321 §4.5.3.1.3), encoded three times that.</summary>
    public const int MaxLength = 1_000;

    /// <summary>The mailbox, or <see langword="null"/> when the address is none that mail can be sent to.</summary>
    public Mailbox? ToMailbox() => Mailbox.TryParse(Address, out var mailbox, out _) ? mailbox : null;

    /// <summary>Reads <c>rfc822; jane@example.com</c>, with or without type, brackets, display name and comment.</summary>
    /// <returns><see langword="null"/> when there is no address, or one that is too long: an address that is cut is another address.</returns>
    public static ReportAddress? Parse(ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxLength)
            return null;
        var text = FieldText.Clean(value, MaxLength);
        var type = FieldText.SplitType(ref text);
        text = Strip(text);
        if (text.Length == 0)
            return null;
        return new ReportAddress(type, type == "utf-8" ? DecodeUnicode(text) : DecodeXtext(text));
    }

    private static string Strip(string text)
    {
        var open = text.LastIndexOf('<');
        var close = open < 0 ? -1 : text.IndexOf('>', open);
        if (close > 0)
            return text[(open + 1)..close].Trim();
        var comment = text.StartsWith('"') ? -1 : text.IndexOf(" (", StringComparison.Ordinal);
        return comment < 0 ? text : text[..comment];
    }

    // RFC 3464 asks for the decoded form, yet some programs copy ORCPT as it came. A plus tag may look like xtext, therefore only what
    // can't be anything else is decoded: an address without an @, or one with a plus or equals sign that is encoded.
    private static string DecodeXtext(string text)
    {
        var isEncoded = !text.Contains('@') || text.Contains("+2B", StringComparison.Ordinal) || text.Contains("+3D", StringComparison.Ordinal);
        return isEncoded && Xtext.TryDecode(text, out var decoded) ? decoded : text;
    }

    // RFC 6533 §3: \x{HEXPOINT}. What is no code point, or a control character, stays as it is.
    private static string DecodeUnicode(string text)
    {
        if (!text.Contains("\\x{", StringComparison.Ordinal))
            return text;
        var decoded = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (TryReadPoint(text.AsSpan(at), out var rune, out var length))
                decoded.Append(rune);
            else
                decoded.Append(text.AsSpan(at, length));
            at += length;
        }
        return decoded.ToString();
    }

    private static bool TryReadPoint(ReadOnlySpan<char> text, out Rune rune, out int length)
    {
        rune = default;
        length = 1;
        if (!text.StartsWith("\\x{"))
            return false;
        var close = text[..Math.Min(text.Length, 10)].IndexOf('}');
        if (close < 0 || !int.TryParse(text[3..close], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
            || !Rune.TryCreate(point, out rune) || Rune.IsControl(rune))
            return false;
        length = close + 1;
        return true;
    }
}
