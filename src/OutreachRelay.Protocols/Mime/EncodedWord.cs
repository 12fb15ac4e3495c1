namespace OutreachRelay.Protocols.Mime;

/// <summary>One encoded word, <c>=?charset?encoding?text?=</c> (RFC 2047 §2), found in a text.</summary>
internal readonly ref struct EncodedWord
{
    private EncodedWord(ReadOnlySpan<byte> charset, bool isBase64, ReadOnlySpan<byte> text, int length)
    {
        Charset = charset;
        IsBase64 = isBase64;
        Text = text;
        Length = length;
    }

    /// <summary>Without a language tag (RFC 2231 §5).</summary>
    public ReadOnlySpan<byte> Charset { get; }

    /// <summary>B encoding; otherwise Q.</summary>
    public bool IsBase64 { get; }

    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Octets of the whole word.</summary>
    public int Length { get; }

    /// <summary>Reads the word at the start of the text. Words over 75 octets are read too: many programs write them.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out EncodedWord word)
    {
        word = default;
        if (!text.StartsWith("=?"u8))
            return false;
        var charset = Token(text[2..]);
        var at = 2 + charset.Length;
        if (charset.IsEmpty || text.Length < at + 5 || text[at] != '?' || text[at + 2] != '?')
            return false;
        var encoding = (char)(text[at + 1] | 0x20);
        if (encoding is not ('b' or 'q'))
            return false;
        var encoded = Token(text[(at + 3)..]);
        var end = at + 3 + encoded.Length;
        if (!text[end..].StartsWith("?="u8))
            return false;
        var star = charset.IndexOf((byte)'*');
        word = new EncodedWord(star < 0 ? charset : charset[..star], encoding == 'b', encoded, end + 2);
        return true;
    }

    // Up to the next question mark, space or control: looking for it touches each octet once or twice, however many words begin and do not end.
    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> text)
    {
        var question = text.IndexOf((byte)'?');
        return question < 0 || text[..question].IndexOfAnyInRange((byte)0, (byte)' ') >= 0 ? default : text[..question];
    }

    /// <summary>Decodes the text; what is not valid in it stands for itself (Q) or is passed over (B).</summary>
    /// <param name="octets">At least <see cref="Text"/>'s length.</param>
    /// <returns>Octets written.</returns>
    public int Decode(Span<byte> octets) => IsBase64 ? DecodeB(octets) : DecodeQ(octets);

    private int DecodeQ(Span<byte> octets)
    {
        var length = 0;
        for (var i = 0; i < Text.Length; i++)
        {
            var octet = Text[i];
            if (octet == '_')
                octet = (byte)' ';
            else if (octet == '=' && i + 2 < Text.Length && char.IsAsciiHexDigit((char)Text[i + 1]) && char.IsAsciiHexDigit((char)Text[i + 2]))
            {
                octet = (byte)((Hex(Text[i + 1]) << 4) | Hex(Text[i + 2]));
                i += 2;
            }
            octets[length++] = octet;
        }
        return length;
    }

    private int DecodeB(Span<byte> octets)
    {
        var length = 0;
        var bits = 0;
        var held = 0;
        foreach (var octet in Text)
        {
            var value = Sextet(octet);
            if (value < 0)
                continue;
            bits = (bits << 6) | value;
            held += 6;
            if (held >= 8)
            {
                held -= 8;
                octets[length++] = (byte)(bits >> held);
                bits &= (1 << held) - 1;
            }
        }
        return length;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static int Sextet(byte octet) => octet switch
    {
        >= (byte)'A' and <= (byte)'Z' => octet - 'A',
        >= (byte)'a' and <= (byte)'z' => octet - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => octet - '0' + 52,
        (byte)'+' or (byte)'-' => 62,
        (byte)'/' or (byte)'_' => 63,
        _ => -1,
    };
}
