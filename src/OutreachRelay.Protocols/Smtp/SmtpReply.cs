namespace OutreachRelay.Protocols.Smtp;

/// <summary>A reply (RFC 5321 §4.2), sent or received.</summary>
/// <param name="Code">Three digits, 200 to 599.</param>
/// <param name="Enhanced">The enhanced status code (RFC 2034), or the default value when there is none.</param>
/// <param name="Text">The text without codes; lines of a multi-line reply are joined by <c>\n</c>. Text that came from a peer is untrusted.</param>
public sealed record SmtpReply(int Code, EnhancedStatusCode Enhanced, string Text)
{
    public SmtpReply(int code, string text) : this(code, default, text) { }

    public SmtpReply(int code, byte enhancedClass, ushort subject, ushort detail, string text)
        : this(code, new EnhancedStatusCode(enhancedClass, subject, detail), text) { }

    /// <summary>2yz: the request was done (RFC 5321 §4.2.1).</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>4yz: it may succeed when tried again.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5yz: it will not succeed in this form.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    public override string ToString() => Enhanced.IsNone ? $"{Code} {Text}" : $"{Code} {Enhanced} {Text}";
}
