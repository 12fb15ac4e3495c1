namespace OutreachRelay.Protocols.Mime;

/// <summary>What is wrong with the MIME structure of a message, as far as it was read.</summary>
[Flags]
public enum PartFaults
{
    None = 0,

    /// <summary>A multipart names no boundary (RFC 2046 §5.1.1).</summary>
    NoBoundary = 1,

    /// <summary>A multipart's boundary delimits nothing.</summary>
    NoParts = 2,

    /// <summary>The last delimiter of a multipart is missing.</summary>
    NotClosed = 4,

    /// <summary>Multiparts nest deeper than is looked at.</summary>
    TooDeep = 8,

    /// <summary>There are more parts than are looked at.</summary>
    TooMany = 16,

    /// <summary>A part names a transfer encoding that does not exist (RFC 2045 §6.1).</summary>
    UnknownEncoding = 32,

    /// <summary>A part is declared base64 and is not.</summary>
    NotBase64 = 64,

    /// <summary>A text's charset is unknown; it is read as UTF-8.</summary>
    UnknownCharset = 128,
}
