namespace OutreachRelay.Deliver.Rendering;

/// <summary>What one attempt transmits: <see cref="Head"/>, then the body, which is the original's octet for octet. CRLF line ends, not dot-stuffed.</summary>
public sealed record RenderedMessage
{
    /// <summary>The header section, always with the empty line at its end.</summary>
    public required ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>The body, or nothing when it is in <see cref="BodyFile"/>.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The file that holds the body from <see cref="BodyOffset"/> to its end, or <see langword="null"/>.</summary>
    public required string? BodyFile { get; init; }

    public required long BodyOffset { get; init; }

    /// <summary>Octets of head and body, as in <c>SIZE=</c> (RFC 1870).</summary>
    public required long Length { get; init; }

    /// <summary>Whether the upstream must have 8BITMIME (RFC 6152).</summary>
    public required bool Has8Bit { get; init; }

    /// <summary>Whether the upstream must have SMTPUTF8 (RFC 6531).</summary>
    public required bool NeedsSmtpUtf8 { get; init; }

    /// <summary>The body's file from where the body begins; the caller disposes of it. Only where <see cref="BodyFile"/> is set.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Stream OpenBody() =>
        new FileStream(BodyFile!, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan)
        {
            Position = BodyOffset,
        };
}
