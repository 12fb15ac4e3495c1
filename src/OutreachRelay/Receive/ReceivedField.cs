using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Receive;

/// <summary>The trace field that acceptance puts beside a message (RFC 5321 §4.4), and its recognition when a message comes around again.</summary>
/// <remarks>
/// The mark of our hop is <c>by &lt;hostname&gt; (OutreachRelay)</c>: the name alone would not do, because another mail server may share the machine. The field has no
/// <c>for</c> clause: with several recipients it would tell one of another.
/// </remarks>
public static class ReceivedField
{
    private const string Product = "OutreachRelay";

    private static ReadOnlySpan<byte> ProductOctets => "OutreachRelay"u8;

    /// <summary>Builds the field, folded, lines well under 998 octets.</summary>
    /// <param name="from">Who submitted, such as <c>crm.example ([192.0.2.1])</c>; <see langword="null"/> to say nothing of it.</param>
    /// <param name="hostname">Our own name.</param>
    /// <param name="protocol">A keyword of the registry "Mail Transmission Types": <c>ESMTPSA</c>, <c>UTF8SMTP</c> …</param>
    /// <param name="id">The queue id.</param>
    /// <returns>Octets with the CRLF at the end.</returns>
    public static byte[] Build(string? from, string hostname, string protocol, string id, DateTimeOffset time)
    {
        // What a peer says of itself is cut, and stripped of controls, before it stands in a field of ours; beyond ASCII it becomes question marks.
        var source = from is null ? "" : $"from {DisplayName.Clean(from)}\r\n\t";
        return Encoding.ASCII.GetBytes($"Received: {source}by {hostname} ({Product})\r\n\twith {protocol} id {id};\r\n\t{MailDate.Format(time)}\r\n");
    }

    /// <summary>Whether a <c>Received</c> field's value is one that <see cref="Build"/> made under this name.</summary>
    public static bool IsOwn(ReadOnlySpan<byte> value, string hostname)
    {
        var tokens = new FieldTokens(value);
        while (tokens.TryRead(out var token))
        {
            if (!Ascii.EqualsIgnoreCase(token, "by"u8))
                continue;
            return tokens.TryRead(out var name) && Ascii.EqualsIgnoreCase(name, hostname) && tokens.NextIsComment(ProductOctets);
        }
        return false;
    }

}
