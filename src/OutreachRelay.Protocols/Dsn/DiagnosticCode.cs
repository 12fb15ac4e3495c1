using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>The reason in the words of the server that refused (RFC 3464 §2.3.6).</summary>
/// <param name="Type">In lower case: <c>smtp</c> for a reply of a server, <c>x-…</c> for the words of a program; empty when none was given.</param>
/// <param name="Text">The words, codes included, on one line. Untrusted.</param>
/// <param name="ReplyCode">The reply code that the text begins with, 200 to 599; 0 for none. Of a text bounce: the one found where a reply stands.</param>
/// <param name="Enhanced">The enhanced status code behind it, or the default value.</param>
public sealed record DiagnosticCode(string Type, string Text, int ReplyCode, EnhancedStatusCode Enhanced)
{
    internal static DiagnosticCode? Parse(ReadOnlySpan<byte> value, int maxLength)
    {
        var text = FieldText.Clean(value, maxLength);
        var type = FieldText.SplitType(ref text);
        if (text.Length == 0)
            return null;
        var (reply, enhanced) = StatusCodes.ReadLeading(text);
        return new DiagnosticCode(type, text, reply, enhanced);
    }
}
