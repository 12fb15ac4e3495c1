namespace OutreachRelay.Protocols.Dmarc;

/// <summary>What is known of a message before DMARC looks at it.</summary>
public sealed record DmarcRequest
{
    /// <summary>
    /// The authors in the <c>From</c> field, as addresses or domains. Mail with several is not for DMARC to judge (RFC 7489 §6.6.1) and is a
    /// permerror.
    /// </summary>
    public required IReadOnlyList<string> Authors { get; init; }

    /// <summary>The domains for which SPF passed: that of the reverse-path, or of HELO for the null reverse-path.</summary>
    public IReadOnlyList<string> SpfPassed { get; init; } = [];

    /// <summary>The domains (<c>d=</c>) of the DKIM signatures that verified.</summary>
    public IReadOnlyList<string> DkimPassed { get; init; } = [];
}
