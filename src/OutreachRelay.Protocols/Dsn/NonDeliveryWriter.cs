using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Writes a notification (RFC 3464) as a <c>multipart/report</c> (RFC 6522): a text for people, the fields for programs, the original's header section.</summary>
/// <remarks>
/// ASCII, but for a <c>To</c> that is not (then it takes SMTPUTF8 to send it); no line is longer than 998 octets (RFC 5322 §2.1.1). What a server said is
/// reduced to printable ASCII: it cannot begin a field, a part or an escape sequence.
/// </remarks>
public static class NonDeliveryWriter
{
    private const int LongestDiagnostic = 1_024;

    // Of a header section; what a mail program shows and correlates by comes early in it.
    private const int MostOriginal = 32 * 1024;
    private const int LongestLine = 998;

    private static readonly EnhancedStatusCode Unspecific = new(5, 0, 0);

    /// <summary>Writes the whole message, with CRLF line ends. Pure.</summary>
    public static byte[] Write(NonDeliveryReport report)
    {
        var output = new ArrayBufferWriter<byte>();
        var boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report.MessageId)).AsSpan(..16));
        WriteHeader(new HeaderWriter(output), report, boundary);
        WriteText(new PartWriter(output, boundary), report);
        WriteStatus(new PartWriter(output, boundary), report);
        WriteOriginal(new PartWriter(output, boundary), report);
        output.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return output.WrittenSpan.ToArray();
    }

    private static void WriteHeader(HeaderWriter header, NonDeliveryReport report, string boundary)
    {
        header.Mailbox("From"u8, "Mail Delivery System", report.From);
        header.Mailbox("To"u8, "", report.To);
        header.Field("Subject"u8, "Undelivered Mail Returned to Sender");
        header.Field("Date"u8, MailDate.Format(report.Date));
        header.Field("Message-ID"u8, $"<{report.MessageId}>");
        // RFC 3834 §3.1.5: by which a mail program puts it beside what it is about.
        if (ThreadId(report) is { } id)
            header.Field("In-Reply-To"u8, id);
        // RFC 3834 §5: nobody's program is to answer it.
        header.Field("Auto-Submitted"u8, "auto-replied");
        header.Field("MIME-Version"u8, "1.0");
        header.Field("Content-Type"u8, $"multipart/report; report-type=delivery-status;\r\n\tboundary=\"{boundary}\"");
        header.End();
    }

    private static void WriteText(PartWriter part, NonDeliveryReport report)
    {
        part.Begin("text/plain; charset=us-ascii");
        part.Line($"This is the mail system at {report.ReportingMta}.");
        part.Line("");
        part.Line("Your message could not be delivered to this recipient, and will not be tried again:");
        part.Line("");
        part.Line($"    {AddressOf(report.Recipient).Text}");
        part.Line("");
        part.Text(report.Explanation);
        if (Diagnostic(report) is { } said)
        {
            part.Line("");
            part.Line("What the server said:");
            part.Text(said);
        }
    }

    // RFC 3464 §2.2 and §2.3: fields about the message, an empty line, fields about the recipient.
    private static void WriteStatus(PartWriter part, NonDeliveryReport report)
    {
        var (type, address) = AddressOf(report.Recipient);
        var diagnostic = Diagnostic(report);
        part.Begin("message/delivery-status");
        part.Field("Reporting-MTA", $"dns; {report.ReportingMta}");
        part.Field("Arrival-Date", MailDate.Format(report.ArrivalDate));
        part.Line("");
        part.Field("Final-Recipient", $"{type}; {address}");
        part.Field("Action", "failed");
        part.Field("Status", StatusOf(report, diagnostic).ToString());
        // RFC 3464 §2.3.6: "smtp" is for what is an SMTP reply.
        if (diagnostic is not null)
            part.Field("Diagnostic-Code", $"{(StatusCodes.ReadLeading(diagnostic).Reply == 0 ? "x-outreach-relay" : "smtp")}; {diagnostic}");
        if (report.LastAttempt is { } last)
            part.Field("Last-Attempt-Date", MailDate.Format(last));
    }

    // RFC 6522 §4. Fields beyond ASCII, or with lines that are too long, are left out: the rest is worth more than a notification that some server refuses.
    private static void WriteOriginal(PartWriter part, NonDeliveryReport report)
    {
        var header = report.OriginalHeader.Span;
        if (header.IsEmpty && ThreadId(report) is null)
            return;
        part.Begin("text/rfc822-headers");
        if (header.IsEmpty)
            part.Field("Message-ID", ThreadId(report)!);
        else if (HeaderSection.TryRead(report.OriginalHeader, HeaderLimits.None, out var section, out _))
            Copy(section, part);
    }

    private static void Copy(HeaderSection section, PartWriter part)
    {
        var left = MostOriginal;
        foreach (var field in section)
        {
            if (!Ascii.IsValid(field.Raw) || HasLongLine(field.Raw))
                continue;
            left -= field.Raw.Length;
            if (left < 0)
                return;
            part.Copy(field);
        }
    }

    private static bool HasLongLine(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            if (end > LongestLine)
                return true;
            text = text[(end + 2)..];
        }
        return text.Length > LongestLine;
    }

    private static EnhancedStatusCode StatusOf(NonDeliveryReport report, string? diagnostic)
    {
        if (!report.Status.IsNone)
            return report.Status;
        var said = diagnostic is null ? default : StatusCodes.ReadLeading(diagnostic).Enhanced;
        return said.Class is 4 or 5 ? said : Unspecific;
    }

    private static string? Diagnostic(NonDeliveryReport report)
    {
        if (report.Diagnostic is not { } said)
            return null;
        var clean = string.Concat(FieldText.Clean(said, LongestDiagnostic).Select(static c => char.IsAscii(c) ? c : '?'));
        return clean.Length == 0 ? null : clean;
    }

    private static string? ThreadId(NonDeliveryReport report) =>
        report.OriginalMessageId is { Length: > 0 and < 900 } id && id.All(static c => c is > ' ' and <= '~') ? $"<{id}>" : null;

    // RFC 6533 §3: what is not ASCII goes as \x{HEXPOINT}, and so do the characters that this would make ambiguous.
    private static (string Type, string Text) AddressOf(Mailbox recipient)
    {
        var text = recipient.WithAsciiDomain().ToString();
        if (Ascii.IsValid(text))
            return ("rfc822", text);
        var encoded = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune is { IsAscii: true, Value: > ' ' and not ('+' or '=' or '\\') })
                encoded.Append(rune);
            else
                encoded.Append("\\x{").Append(rune.Value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)).Append('}');
        }
        return ("utf-8", encoded.ToString());
    }
}
