namespace OutreachRelay.Protocols.Dkim;

/// <summary>Who signs, and what.</summary>
public sealed record DkimSignerOptions
{
    /// <summary>The signing domain (<c>d=</c>), for example <c>example.com</c>; beyond ASCII it is written in A-labels.</summary>
    public required string Domain { get; init; }

    /// <summary>Where the key is published (<c>s=</c>): <c>selector._domainkey.domain</c>.</summary>
    public required string Selector { get; init; }

    /// <summary>
    /// Fields signed as often as they are in the message and once more, so that none can be added without breaking the signature
    /// (RFC 6376 §8.15).
    /// </summary>
    public IReadOnlyList<string> Oversigned { get; init; } =
        ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"];

    /// <summary>Fields signed as often as they are in the message (RFC 6376 §5.4.1).</summary>
    public IReadOnlyList<string> Signed { get; init; } =
        ["Cc", "In-Reply-To", "References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];

    /// <summary>The form in which fields are signed; that of the body is the body hash's.</summary>
    public DkimCanonicalization Canonicalization { get; init; } = DkimCanonicalization.Relaxed;

    /// <summary>How long a signature is valid (<c>x=</c>), in whole seconds; <see langword="null"/> for no end.</summary>
    public TimeSpan? Lifetime { get; init; }
}
