namespace OutreachRelay.Protocols.Smtp;

/// <summary>Watches content piece by piece for octets that may not leave, across the borders of pieces too.</summary>
/// <remarks>A mutable value: keep it in a field or a local, and do not copy it.</remarks>
internal struct OutgoingLineEnds
{
    /// <summary>Whether the last octet was a CR.</summary>
    public bool AfterCr { get; private set; }

    /// <summary>Whether content came behind the last line end.</summary>
    public bool InLine { get; private set; }

    /// <summary>
    /// Whether a CR without LF, a LF without CR (RFC 5321 §2.3.8) or a NUL (RFC 2045 §2.8) came by: some server would take it for a line end, or drop the NUL
    /// and see the end of the data in what is left.
    /// </summary>
    public bool HasForbidden { get; private set; }

    /// <param name="input">The next octets.</param>
    public void Watch(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        // As many CR as LF as CR LF: four vectorised passes over octets that are in the cache anyway.
        var joined = AfterCr && input[0] == '\n';
        var pairs = input.Count("\r\n"u8);
        var returns = input.Count((byte)'\r') - (input[^1] == '\r' ? 1 : 0);
        var feeds = input.Count((byte)'\n') - (joined ? 1 : 0);
        HasForbidden |= returns != pairs || feeds != pairs || (AfterCr && !joined) || input.Contains((byte)0);
        InLine = !(input[^1] == '\n' && (input.Length > 1 ? input[^2] == '\r' : AfterCr));
        AfterCr = input[^1] == '\r';
    }

    /// <summary>No more comes.</summary>
    public void Finish() => HasForbidden |= AfterCr;
}
