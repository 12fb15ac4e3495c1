using System.Net;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>Tells whether the body of a POST asks to unsubscribe: a form whose field <c>List-Unsubscribe</c> is <c>One-Click</c> (RFC 8058 §3.2).</summary>
public static class OneClickBody
{
    /// <summary>Octets of a body; the forms that are sent have less than 300.</summary>
    public const int MostOctets = 4096;

    private const string Name = "List-Unsubscribe";
    private const string Value = "One-Click";
    private const int MostFields = 16;

    /// <param name="contentType">As it stands in the header; <see langword="null"/> for none.</param>
    /// <param name="body">At most <see cref="MostOctets"/>.</param>
    public static bool Asks(string? contentType, ReadOnlySpan<byte> body)
    {
        if (body.Length > MostOctets || !MediaTypeHeaderValue.TryParse(contentType, out var type))
            return false;
        var text = Encoding.Latin1.GetString(body);
        if (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return AsksUrlEncoded(text);
        return type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 and <= 70 } boundary
            && AsksMultipart(text, boundary);
    }

    private static bool AsksUrlEncoded(string text)
    {
        foreach (var field in text.Trim().Split('&', MostFields))
        {
            var equals = field.IndexOf('=');
            if (equals > 0 && Is(WebUtility.UrlDecode(field[..equals]), Name) && Is(WebUtility.UrlDecode(field[(equals + 1)..]), Value))
                return true;
        }
        return false;
    }

    // RFC 8058 §8.3 as printed names a boundary with the two leading hyphens in it (erratum 5117), and some programs copied that.
    private static bool AsksMultipart(string text, string boundary)
    {
        var delimiter = text.StartsWith("--" + boundary, StringComparison.Ordinal) || !boundary.StartsWith("--", StringComparison.Ordinal)
            ? "--" + boundary
            : boundary;
        var lines = "\r\n" + text;
        foreach (var part in lines.Split("\r\n" + delimiter, MostFields).Skip(1))
        {
            if (IsAsked(part))
                return true;
        }
        return false;
    }

    // A part is CRLF, its fields, an empty line and its content; the last one is two hyphens.
    private static bool IsAsked(string part)
    {
        var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end <= 0 || !part.StartsWith("\r\n", StringComparison.Ordinal) || !Is(part[(end + 4)..].Trim(), Value))
            return false;
        foreach (var line in part[2..end].Split("\r\n"))
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && Is(line[..colon], "Content-Disposition") && ContentDispositionHeaderValue.TryParse(line[(colon + 1)..], out var disposition))
            {
                // What has a file name is an upload, not a field.
                return Is(disposition.DispositionType.Value!, "form-data") && !disposition.FileName.HasValue && !disposition.FileNameStar.HasValue
                    && Is(HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "", Name);
            }
        }
        return false;
    }

    private static bool Is(string text, string expected) => text.Equals(expected, StringComparison.OrdinalIgnoreCase);
}
