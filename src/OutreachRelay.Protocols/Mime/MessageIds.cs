using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Message identifiers (RFC 5322 §3.6.4). They are held without their angle brackets: <c>x1@example.com</c>.</summary>
public static class MessageIds
{
    /// <summary>Longer identifiers are nobody's: a line has at most 998 octets.</summary>
    public const int MaxLength = 996;

    /// <summary>Reads the value of <c>In-Reply-To</c> or <c>References</c>; phrases and comments between identifiers are passed over (§4.5.4).</summary>
    /// <param name="max">When there are more, the last ones are returned: they are the nearest in the thread.</param>
    public static string[] Parse(ReadOnlySpan<byte> value, int max)
    {
        var count = 0;
        for (var at = 0; TryRead(value, ref at, out _);)
            count++;
        var ids = new string[Math.Min(count, max)];
        var index = ids.Length - count;
        for (var at = 0; TryRead(value, ref at, out var id); index++)
        {
            if (index >= 0)
                ids[index] = ToText(id);
        }
        return ids;
    }

    /// <summary>Reads the value of <c>Message-ID</c>. One written without brackets is taken as it stands when it is a single word.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static string? ParseOne(ReadOnlySpan<byte> value)
    {
        var at = 0;
        if (TryRead(value, ref at, out var id))
            return ToText(id);
        value = value.Trim(" \t\r\n"u8);
        return value.IsEmpty || value.Length > MaxLength || value.IndexOfAny(" \t\r\n<>("u8) >= 0 ? null : Encoding.UTF8.GetString(value);
    }

    private static bool TryRead(ReadOnlySpan<byte> value, ref int at, out ReadOnlySpan<byte> id)
    {
        while (at < value.Length)
        {
            var next = value[at..].IndexOfAny("<(\""u8);
            if (next < 0)
                break;
            at += next;
            if (value[at] == '(')
                Cfws.SkipComment(value, ref at);
            else if (value[at] == '"')
                Cfws.SkipQuoted(value, ref at);
            else
            {
                var end = value[at..].IndexOf((byte)'>');
                if (end < 0)
                    break;
                id = value.Slice(at + 1, end - 1);
                at += end + 1;
                if (id.Length is > 0 and <= MaxLength)
                    return true;
            }
        }
        at = value.Length;
        id = default;
        return false;
    }

    // Some programs fold inside an identifier: white space is never part of one.
    private static string ToText(ReadOnlySpan<byte> id)
    {
        var text = Encoding.UTF8.GetString(id);
        return id.IndexOfAny(" \t\r\n"u8) < 0 ? text : string.Concat(text.Where(c => c is not (' ' or '\t' or '\r' or '\n')));
    }
}
