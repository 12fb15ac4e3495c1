using System.Text;

namespace OutreachRelay.Protocols.Mime;

/// <summary>The charsets that mail names (RFC 2978 registry): those of the runtime and of its code pages.</summary>
public static class Charsets
{
    /// <summary>Finds the decoder for a charset's name or alias.</summary>
    /// <param name="name">In any case, for example <c>iso-8859-1</c> or <c>ISO-2022-JP</c>.</param>
    /// <returns><see langword="null"/> for an unknown charset, and for UTF-7, which can hide any text (RFC 2152).</returns>
    public static Encoding? Find(ReadOnlySpan<byte> name)
    {
        // US-ASCII with octets beyond it is UTF-8 that was not declared.
        if (Ascii.EqualsIgnoreCase(name, "utf-8"u8) || Ascii.EqualsIgnoreCase(name, "us-ascii"u8) || Ascii.EqualsIgnoreCase(name, "utf8"u8))
            return Encoding.UTF8;
        // Windows programs call their own charset ISO-8859-1; the octets in which the two differ are controls there, which no name holds.
        if (Ascii.EqualsIgnoreCase(name, "iso-8859-1"u8) || Ascii.EqualsIgnoreCase(name, "latin1"u8))
            return CodePagesEncodingProvider.Instance.GetEncoding(1252);
        if (Ascii.EqualsIgnoreCase(name, "utf-16"u8) || Ascii.EqualsIgnoreCase(name, "utf-16be"u8))
            return Encoding.BigEndianUnicode;
        if (Ascii.EqualsIgnoreCase(name, "utf-16le"u8))
            return Encoding.Unicode;
        return name.Length is 0 or > 40 || !Ascii.IsValid(name) ? null : CodePagesEncodingProvider.Instance.GetEncoding(Encoding.ASCII.GetString(name));
    }
}
