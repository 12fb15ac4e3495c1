using System.Buffers;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Mime;

/// <summary>Writes a header section field by field. A section is edited by copying what stays, skipping what goes and writing what is new, in one pass.</summary>
/// <remarks>Only whole fields can be written: no value can end its field early or begin another one.</remarks>
public readonly struct HeaderWriter(IBufferWriter<byte> output)
{
    /// <summary>Copies a field octet for octet.</summary>
    public void Copy(HeaderField field)
    {
        output.Write(field.Raw);
        if (!field.Raw.EndsWith("\r\n"u8))
            output.Write("\r\n"u8);
    }

    /// <summary>Writes a field whose value is already in its final form.</summary>
    /// <param name="name">Without colon.</param>
    /// <param name="value">Without the space behind the colon and the CRLF at the end; may be folded.</param>
    /// <exception cref="ArgumentException">The value holds a NUL, or a CR or LF that is no folding.</exception>
    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!IsOneValue(value))
            throw new ArgumentException("A value must not end its field.", nameof(value));
        Name(name);
        output.Write(value);
        output.Write("\r\n"u8);
    }

    /// <inheritdoc cref="Field(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Field(ReadOnlySpan<byte> name, string value) => Field(name, Encoding.UTF8.GetBytes(value));

    /// <summary>Writes a field with one mailbox in canonical form: lines of at most 76 octets where the address allows, no comments, the name as atoms, quoted or encoded.</summary>
    /// <param name="displayName">Any text; see <see cref="DisplayName.Clean"/> for what is left of it. Empty for none.</param>
    public void Mailbox(ReadOnlySpan<byte> name, string displayName, Mailbox mailbox)
    {
        Name(name);
        var column = name.Length + 2;
        AddressWriter.Write(output, displayName, mailbox, ref column);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes the empty line between header section and body.</summary>
    public void End() => output.Write("\r\n"u8);

    private void Name(ReadOnlySpan<byte> name)
    {
        output.Write(name);
        output.Write(": "u8);
    }

    private static bool IsOneValue(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var at = value.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (at < 0)
                return true;
            value = value[at..];
            if (value.Length < 3 || !value.StartsWith("\r\n"u8) || value[2] is not ((byte)' ' or (byte)'\t'))
                return false;
            value = value[3..];
        }
    }
}
