using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>A part of a message (RFC 2045, 2046): its type and its content, still encoded.</summary>
internal sealed class MessagePart
{
    private readonly string _encoding;
    private ReadOnlyMemory<byte>? _content;

    private MessagePart(ReadOnlyMemory<byte> raw, ReadOnlySpan<byte> type, string encoding)
    {
        Raw = raw;
        MediaType = Lower(FieldTokens.First(type)) is { Length: > 0 } mediaType ? mediaType : "text/plain";
        Boundary = FindParameter(type, "boundary"u8).ToArray();
        ReportType = Lower(FindParameter(type, "report-type"u8));
        _encoding = encoding;
    }

    /// <summary>In lower case; <c>text/plain</c> where none is given (RFC 2045 §5.2).</summary>
    public string MediaType { get; }

    /// <summary>Empty when there is none.</summary>
    public ReadOnlyMemory<byte> Boundary { get; }

    /// <summary>The parameter <c>report-type</c> (RFC 6522 §3), in lower case; empty when there is none.</summary>
    public string ReportType { get; }

    public bool IsMultipart => MediaType.StartsWith("multipart/", StringComparison.Ordinal);

    /// <summary>Text that a program or human wrote, HTML included.</summary>
    public bool IsText => MediaType.StartsWith("text/", StringComparison.Ordinal) && !IsReturned;

    /// <summary>A message, or its header section, that came back (RFC 6522, 6533).</summary>
    public bool IsReturned =>
        MediaType is "message/rfc822" or "text/rfc822-headers" or "message/global" or "message/global-headers" or "message/rfc822-headers";

    /// <summary>The octets behind the header section as they are.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The content without its transfer encoding; decoded once.</summary>
    public ReadOnlyMemory<byte> Content => _content ??= TransferEncoding.Decode(Raw, _encoding);

    public static MessagePart Read(ReadOnlyMemory<byte> part)
    {
        ReadOnlySpan<byte> type = default;
        var encoding = "";
        var reader = new FieldReader(part.Span, isSection: true);
        while (reader.TryRead())
        {
            // The empty line behind the header section is missing: these are the content's.
            if (reader.Is("Reporting-MTA"u8) || reader.Is("Final-Recipient"u8) || reader.Is("Feedback-Type"u8))
                return new MessagePart(part[reader.Start..], type, encoding);
            if (type.IsEmpty && reader.Is("Content-Type"u8))
                type = reader.Value;
            else if (encoding.Length == 0 && reader.Is("Content-Transfer-Encoding"u8))
                encoding = Lower(FieldTokens.First(reader.Value));
        }
        return new MessagePart(part[reader.Position..], type, encoding);
    }

    private static ReadOnlySpan<byte> FindParameter(ReadOnlySpan<byte> type, ReadOnlySpan<byte> name)
    {
        var tokens = new FieldTokens(type);
        while (tokens.TryRead(out var token))
        {
            if (Ascii.EqualsIgnoreCase(token, name) && tokens.TryRead(out var value))
                return value.Length > 200 ? default : value;
        }
        return default;
    }

    private static string Lower(ReadOnlySpan<byte> token) => token.Length > 100 ? "" : Encoding.ASCII.GetString(token).ToLowerInvariant();
}
