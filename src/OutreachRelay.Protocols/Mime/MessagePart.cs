using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>A part of a message (RFC 2045, 2046): what its fields say of it, and its content, still encoded.</summary>
public sealed class MessagePart
{
    private readonly ReadOnlyMemory<byte> _type;
    private readonly ReadOnlyMemory<byte> _disposition;
    private ReadOnlyMemory<byte>? _content;

    private MessagePart(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> disposition, string encoding)
    {
        (Raw, Encoding, _type, _disposition) = (raw, encoding, type, disposition);
        MediaType = Lower(FieldTokens.First(type.Span)) is { Length: > 0 } mediaType ? mediaType : "text/plain";
        Boundary = FieldParameters.Find(type.Span, "boundary"u8).ToArray();
        ReportType = Lower(FieldParameters.Find(type.Span, "report-type"u8));
    }

    /// <summary>In lower case; <c>text/plain</c> where none is given (RFC 2045 §5.2).</summary>
    public string MediaType { get; }

    /// <summary>Empty when there is none.</summary>
    public ReadOnlyMemory<byte> Boundary { get; }

    /// <summary>The parameter <c>report-type</c> (RFC 6522 §3), in lower case; empty when there is none.</summary>
    public string ReportType { get; }

    /// <summary>The transfer encoding in lower case; empty where none is given.</summary>
    public string Encoding { get; }

    public bool IsMultipart => MediaType.StartsWith("multipart/", StringComparison.Ordinal);

    /// <summary>Text that a program or human wrote, HTML included.</summary>
    public bool IsText => MediaType.StartsWith("text/", StringComparison.Ordinal) && !IsReturned;

    /// <summary>A message, or its header section, that came back (RFC 6522, 6533).</summary>
    public bool IsReturned =>
        MediaType is "message/rfc822" or "text/rfc822-headers" or "message/global" or "message/global-headers" or "message/rfc822-headers";

    /// <summary>Whether it says of itself that it is to be saved rather than shown (RFC 2183 §2.2).</summary>
    public bool IsAttachment => Ascii.EqualsIgnoreCase(FieldTokens.First(_disposition.Span), "attachment"u8);

    /// <summary>The name under which it would be saved, decoded and of at most 255 characters; empty when there is none. Untrusted text.</summary>
    public string FileName =>
        FieldParameters.ReadText(_disposition.Span, "filename") is { Length: > 0 } name ? name : FieldParameters.ReadText(_type.Span, "name");

    /// <summary>The octets behind the header section as they are.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The content without its transfer encoding; decoded once.</summary>
    public ReadOnlyMemory<byte> Content => _content ??= TransferEncoding.Decode(Raw, Encoding);

    /// <summary>What is wrong with the part itself.</summary>
    public PartFaults Faults =>
        (TransferEncoding.IsKnown(Encoding) ? PartFaults.None : PartFaults.UnknownEncoding)
        | (Encoding == "base64" && !TransferEncoding.IsBase64(Raw.Span) ? PartFaults.NotBase64 : PartFaults.None)
        | (IsText && FindCharset() is null ? PartFaults.UnknownCharset : PartFaults.None);

    /// <summary>The beginning of the content without its transfer encoding.</summary>
    /// <param name="mostOctets">How much of <see cref="Raw"/> is looked at.</param>
    public ReadOnlyMemory<byte> Decode(int mostOctets) => Raw.Length <= mostOctets ? Content : TransferEncoding.Decode(Raw[..mostOctets], Encoding);

    /// <summary>The beginning of the content as text, in its charset or in UTF-8; octets that are invalid there become U+FFFD.</summary>
    /// <param name="mostOctets">How much of <see cref="Raw"/> is looked at.</param>
    public string DecodeText(int mostOctets) => (FindCharset() ?? System.Text.Encoding.UTF8).GetString(Decode(mostOctets).Span);

    /// <summary>Reads a part at its header section.</summary>
    public static MessagePart Read(ReadOnlyMemory<byte> part)
    {
        ReadOnlyMemory<byte> type = default, disposition = default;
        var encoding = "";
        var reader = new FieldReader(part.Span, isSection: true);
        while (reader.TryRead())
        {
            // The empty line behind the header section is missing: these are the content's.
            if (reader.Is("Reporting-MTA"u8) || reader.Is("Final-Recipient"u8) || reader.Is("Feedback-Type"u8))
                return new MessagePart(part[reader.Start..], type, disposition, encoding);
            if (type.IsEmpty && reader.Is("Content-Type"u8))
                type = part.Slice(reader.ValueStart, reader.Value.Length);
            else if (disposition.IsEmpty && reader.Is("Content-Disposition"u8))
                disposition = part.Slice(reader.ValueStart, reader.Value.Length);
            else if (encoding.Length == 0 && reader.Is("Content-Transfer-Encoding"u8))
                encoding = Lower(FieldTokens.First(reader.Value));
        }
        return new MessagePart(part[reader.Position..], type, disposition, encoding);
    }

    // RFC 2045 §5.2: without a charset it is US-ASCII, which is read as the UTF-8 that it often is.
    private Encoding? FindCharset()
    {
        var charset = FieldParameters.Find(_type.Span, "charset"u8);
        return charset.IsEmpty ? System.Text.Encoding.UTF8 : Charsets.Find(charset);
    }

    private static string Lower(ReadOnlySpan<byte> token) =>
        token.Length > 100 ? "" : System.Text.Encoding.ASCII.GetString(token).ToLowerInvariant();
}
