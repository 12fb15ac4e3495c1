using System.Buffers;
using System.Text;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Writes the canonical form of header fields (RFC 6376 §3.4.1, §3.4.2).</summary>
internal static class HeaderCanonicalizer
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);

    /// <summary>Writes a field and the line end after it.</summary>
    /// <param name="field">With or without its own line end.</param>
    public static void Write(DkimCanonicalization form, ReadOnlySpan<byte> field, IBufferWriter<byte> output)
    {
        WriteOpen(form, field.EndsWith("\r\n"u8) ? field[..^2] : field, output);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes a field as the signature's own is signed: without a line end (RFC 6376 §3.7).</summary>
    /// <param name="field">Without a line end.</param>
    public static void WriteOpen(DkimCanonicalization form, ReadOnlySpan<byte> field, IBufferWriter<byte> output)
    {
        if (form == DkimCanonicalization.Simple)
        {
            output.Write(field);
            return;
        }
        var colon = field.IndexOf((byte)':');
        WriteLower(field[..colon].TrimEnd(" \t"u8), output);
        output.Write(":"u8);
        WriteValue(field[(colon + 1)..], output);
    }

    private static void WriteLower(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        while (!name.IsEmpty)
        {
            var room = output.GetSpan();
            var length = Math.Min(room.Length, name.Length);
            Ascii.ToLower(name[..length], room, out _);
            output.Advance(length);
            name = name[length..];
        }
    }

    private static void WriteValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        value = value.Trim(" \t\r\n"u8);
        while (!value.IsEmpty)
        {
            var length = value.IndexOfAny(Blanks);
            if (length < 0)
            {
                output.Write(value);
                return;
            }
            output.Write(value[..length]);
            output.Write(" "u8);
            value = value[length..].TrimStart(" \t\r\n"u8);
        }
    }
}
