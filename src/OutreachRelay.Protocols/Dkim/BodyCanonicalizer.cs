using System.Buffers;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Writes the canonical form of a body (RFC 6376 §3.4.3, §3.4.4) that comes in pieces cut anywhere. Lines may be of any length.</summary>
/// <remarks>
/// A body that does not end with a line end is taken as if it did, since SMTP can only carry it so. A CR or LF that is no line end is an octet like
/// others.
/// </remarks>
internal sealed class BodyCanonicalizer(DkimCanonicalization form, IBufferWriter<byte> output)
{
    private static readonly SearchValues<byte> LineEnd = SearchValues.Create("\r"u8);
    private static readonly SearchValues<byte> LineEndOrBlank = SearchValues.Create("\r \t"u8);

    private readonly SearchValues<byte> _special = form == DkimCanonicalization.Relaxed ? LineEndOrBlank : LineEnd;

    // What is held back until it is known whether text follows: it counts only then.
    private long _lineEnds;
    private bool _hasBlank;
    private bool _hasCr;
    private bool _hasText;

    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_hasCr)
            {
                EndCr(ref octets);
                continue;
            }
            var length = FindText(octets);
            if (length > 0)
                WriteText(octets[..length]);
            if (length == octets.Length)
                return;
            if (octets[length] == '\r')
                _hasCr = true;
            else
                _hasBlank = true;
            octets = octets[(length + 1)..];
        }
    }

    public void Complete()
    {
        if (_hasCr)
            WriteText("\r"u8);
        // §3.4.3: an empty body is one line end; §3.4.4: it is nothing.
        if (_hasText || form == DkimCanonicalization.Simple)
            output.Write("\r\n"u8);
    }

    private void EndCr(ref ReadOnlySpan<byte> octets)
    {
        _hasCr = false;
        if (octets[0] != '\n')
        {
            WriteText("\r"u8);
            return;
        }
        _lineEnds++;
        _hasBlank = false;
        octets = octets[1..];
    }

    // A single space between words stays as it is, so text mostly goes out line by line.
    private int FindText(ReadOnlySpan<byte> octets)
    {
        var at = 0;
        while (true)
        {
            var length = octets[at..].IndexOfAny(_special);
            if (length < 0)
                return octets.Length;
            at += length;
            if (at == 0 || octets[at] != ' ' || at + 1 == octets.Length || _special.Contains(octets[at + 1]))
                return at;
            at++;
        }
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        for (; _lineEnds > 0; _lineEnds--)
            output.Write("\r\n"u8);
        if (_hasBlank)
            output.Write(" "u8);
        output.Write(text);
        _hasBlank = false;
        _hasText = true;
    }
}
