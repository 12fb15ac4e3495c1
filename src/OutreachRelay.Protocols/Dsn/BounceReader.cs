using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Reads what comes back for mail that was sent: notifications (RFC 3464), feedback reports (RFC 5965), automatic replies (RFC 3834).</summary>
public static class BounceReader
{
    /// <summary>
    /// Looks for, in this order: a feedback report; delivery status fields; a challenge; the text of a known MTA; <c>X-Failed-Recipients</c>;
    /// an automatic reply. What is a field is never looked for in prose, and prose is looked at only when no human wrote the message.
    /// </summary>
    /// <param name="message">The whole message, its size bounded by the caller. Line ends may be CRLF or LF. The result holds windows onto it.</param>
    /// <param name="hasNullReversePath">Whether it came with <c>MAIL FROM:&lt;&gt;</c>; a <c>Return-Path</c> field is looked at as well.</param>
    /// <returns>Always a report. It takes time linear to the message, and never throws whatever the message holds.</returns>
    public static BounceReport Read(ReadOnlyMemory<byte> message, BounceOptions options, bool hasNullReversePath = false)
    {
        message = Lines.SkipBlank(message);
        var header = ReportHeader.Read(message.Span, hasNullReversePath, options);
        var parts = MessageParts.Read(message, new PartLimits(options.MaxParts, options.MaxDepth));
        var mail = new ReceivedReport(header, parts.Root, parts.Leaves, options);
        var report = mail.ReadFeedback() ?? mail.ReadStatus() ?? mail.ReadChallenge() ?? mail.ReadText() ?? mail.ReadReply() ?? mail.ReadRest();
        return report with { References = header.References };
    }
}
