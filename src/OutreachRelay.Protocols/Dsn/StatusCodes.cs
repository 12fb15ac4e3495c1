using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Finds reply codes and enhanced status codes in what programs write around them.</summary>
internal static class StatusCodes
{
    /// <summary>Reads the codes a text begins with: <c>550 5.1.1 …</c>, <c>550-5.1.1 …</c>, <c>#5.1.1</c>.</summary>
    public static (int Reply, EnhancedStatusCode Enhanced) ReadLeading(ReadOnlySpan<char> text)
    {
        text = text.TrimStart("#'\"(<[ ");
        var reply = ReadReply(text);
        if (reply != 0)
            text = text[3..].TrimStart("#- ");
        return (reply, ReadEnhanced(text));
    }

    /// <summary>Finds the first reply in a text of some lines, else the first enhanced status code of a failure.</summary>
    /// <remarks>A number counts as a reply code only where a reply stands: on a line of its own, behind <c>said:</c>, <c>smtp;</c> or a quote.</remarks>
    public static (int Reply, EnhancedStatusCode Enhanced) Find(ReadOnlySpan<char> text)
    {
        EnhancedStatusCode first = default;
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiDigit(text[at]) || (at > 0 && (char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '-')))
                continue;
            if (IsPlaceOfReply(text[..at]) && ReadReply(text[at..]) >= 400)
                return WithFallback(ReadLeading(text[at..]), first);
            var enhanced = ReadEnhanced(text[at..]);
            if (first.IsNone && enhanced.Class is 4 or 5)
                first = enhanced;
        }
        return (0, first);
    }

    /// <summary>A code with no more in it than its class (RFC 3463 §3.1).</summary>
    public static bool IsVague(EnhancedStatusCode code) => code is { Subject: 0, Detail: 0 };

    public static EnhancedStatusCode ReadEnhanced(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExcept("0123456789.");
        var token = (length < 0 ? text : text[..length]).TrimEnd('.');
        if (token.Length is < 5 or > 9)
            return default;
        Span<byte> octets = stackalloc byte[9];
        Encoding.ASCII.GetBytes(token, octets);
        return EnhancedStatusCode.TryParse(octets[..token.Length], out var code, out _) ? code : default;
    }

    private static (int, EnhancedStatusCode) WithFallback((int Reply, EnhancedStatusCode Enhanced) found, EnhancedStatusCode earlier) =>
        (found.Reply, found.Enhanced.IsNone ? earlier : found.Enhanced);

    private static int ReadReply(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[0] is < '2' or > '5' || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2]))
            return 0;
        if (text.Length > 3 && (char.IsLetterOrDigit(text[3]) || text[3] is '.' or '/' or ':'))
            return 0;
        return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    }

    private static bool IsPlaceOfReply(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd(' ');
        return before.IsEmpty || before[^1] is ':' or ';' or '\n' or '\'' or '"' or '#' or '(';
    }
}
