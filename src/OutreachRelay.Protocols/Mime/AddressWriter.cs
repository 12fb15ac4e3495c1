using System.Buffers;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Writes mailboxes as they stand in address fields (RFC 5322 §3.4).</summary>
public static class AddressWriter
{
    /// <summary>RFC 2047 §2: a line that holds an encoded word has at most 76 octets.</summary>
    internal const int MaxLine = 76;

    /// <summary>Writes <c>name &lt;local-part@domain&gt;</c>, or the address alone when the cleaned name is empty, folded where a line would become too long.</summary>
    /// <param name="column">Octets already on the line; on return those on the last line written.</param>
    public static void Write(IBufferWriter<byte> output, string displayName, Mailbox mailbox, ref int column)
    {
        var name = DisplayName.Clean(displayName);
        var address = Encoding.UTF8.GetBytes(ToAddress(mailbox));
        if (name.Length == 0)
        {
            output.Write(address);
            column += address.Length;
            return;
        }
        DisplayName.WriteClean(output, name, ref column);
        var fold = column + 3 + address.Length > MaxLine;
        output.Write(fold ? "\r\n <"u8 : " <"u8);
        output.Write(address);
        output.Write(">"u8);
        column = (fold ? 0 : column) + 3 + address.Length;
    }

    /// <summary>Writes a list of mailboxes, separated by commas.</summary>
    /// <returns>The value of a field, folded.</returns>
    public static string ToValue(IReadOnlyList<Address> addresses, int column)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < addresses.Count; i++)
        {
            if (i > 0)
            {
                output.Write(",\r\n "u8);
                column = 1;
            }
            if (addresses[i].Mailbox is { } mailbox)
                Write(output, addresses[i].DisplayName, mailbox, ref column);
        }
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The mailbox as it is sent: with A-labels, unless the local part needs UTF-8 anyway (RFC 6532 §3.2 allows U-labels only with it).</summary>
    /// <returns><c>local-part@domain</c>, also fit for a path of the envelope.</returns>
    public static string ToAddress(Mailbox mailbox)
    {
        var text = mailbox.ToString();
        return mailbox.NeedsUtf8 || Ascii.IsValid(mailbox.Domain) ? text : text[..^mailbox.Domain.Length] + mailbox.AsciiDomain;
    }
}
