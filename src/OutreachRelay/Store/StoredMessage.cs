namespace OutreachRelay.Store;

/// <summary>A message as it was accepted: the original octets, never changed, and what acceptance generated beside them.</summary>
public sealed record StoredMessage
{
    /// <summary>The most octets of <see cref="Content"/>; longer originals are kept in a file.</summary>
    public const int MostInlineContent = 256 * 1024;

    public required long Id { get; init; }
    public required string Client { get; init; }
    public required string Direction { get; init; }

    /// <summary>The client's reverse-path, or <see langword="null"/> for the null reverse-path (RFC 5321 §4.5.5).</summary>
    public required string? ReversePath { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The <c>Received</c> field generated at acceptance, folded, with its final CRLF.</summary>
    public required ReadOnlyMemory<byte> Received { get; init; }

    /// <summary>The original: all of it, or, when <see cref="ContentFile"/> is set, its header section with the empty line.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The file that holds the whole original, absolute; <see langword="null"/> for messages of up to 256 KiB.</summary>
    public string? ContentFile { get; init; }

    /// <summary>Octets of the original.</summary>
    public required long Length { get; init; }

    /// <summary>An address of the envelope or the header section is beyond ASCII (RFC 6531).</summary>
    public required bool NeedsSmtpUtf8 { get; init; }

    /// <summary>The content holds octets above 127 (RFC 6152).</summary>
    public required bool Has8Bit { get; init; }
}
