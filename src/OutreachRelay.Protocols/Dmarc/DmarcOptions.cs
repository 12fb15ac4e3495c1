namespace OutreachRelay.Protocols.Dmarc;

/// <summary>How organisational domains are found.</summary>
public sealed record DmarcOptions
{
    /// <summary><see langword="null"/> for the tree walk of RFC 9989 §4.10; a list for the way of RFC 7489 §3.2.</summary>
    public PublicSuffixList? PublicSuffixes { get; init; }
}
