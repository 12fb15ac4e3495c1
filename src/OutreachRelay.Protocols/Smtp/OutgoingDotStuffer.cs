namespace OutreachRelay.Protocols.Smtp;

/// <summary>Copies content piece by piece and doubles each dot at the start of a line (RFC 5321 §4.5.2), across the borders of pieces too.</summary>
/// <remarks>A mutable value: keep it in a field or a local, and do not copy it.</remarks>
public struct OutgoingDotStuffer
{
    private OutgoingLineEnds _lineEnds;

    /// <summary>Whether a CR without LF, a LF without CR (RFC 5321 §2.3.8) or a NUL (RFC 2045 §2.8) came by, which may not leave.</summary>
    public readonly bool HasForbidden => _lineEnds.HasForbidden;

    /// <summary>Octets of input that surely fit into this many octets of output: at worst each <c>CR LF .</c> gains one, and so does the border.</summary>
    public static int Fitting(int output) => Math.Max(0, (output - 1) / 4 * 3);

    /// <summary>Octets of output that <see cref="Write"/> may need for this many octets of input.</summary>
    public static int RoomFor(int input) => (((input + 2) / 3) * 4) + 1;

    /// <summary>Copies a piece of content.</summary>
    /// <param name="input">The next octets.</param>
    /// <param name="output">At least <see cref="RoomFor"/> octets.</param>
    /// <returns>Octets written.</returns>
    public int Write(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty)
            return 0;
        var written = 0;
        if (StartsWithLineDot(input, out var before))
        {
            input[..before].CopyTo(output);
            written = before;
            output[written++] = (byte)'.';
        }
        else
        {
            before = 0;
        }
        var rest = input[before..];
        for (int found; (found = rest.IndexOf("\r\n."u8)) >= 0; rest = rest[(found + 2)..])
        {
            rest[..(found + 2)].CopyTo(output[written..]);
            written += found + 2;
            output[written++] = (byte)'.';
        }
        rest.CopyTo(output[written..]);
        _lineEnds.Watch(input);
        return written + rest.Length;
    }

    /// <summary>Ends the content with a line of one dot, completing its last line first (RFC 5321 §4.1.1.4).</summary>
    /// <param name="output">At least 5 octets.</param>
    /// <returns>Octets written.</returns>
    public int Finish(Span<byte> output)
    {
        _lineEnds.Finish();
        var end = _lineEnds.InLine ? "\r\n.\r\n"u8 : ".\r\n"u8;
        end.CopyTo(output);
        return end.Length;
    }

    private readonly bool StartsWithLineDot(ReadOnlySpan<byte> input, out int before)
    {
        before = _lineEnds.AfterCr && input[0] == '\n' ? 1 : 0;
        return (before == 1 || !_lineEnds.InLine) && input.Length > before && input[before] == '.';
    }
}
