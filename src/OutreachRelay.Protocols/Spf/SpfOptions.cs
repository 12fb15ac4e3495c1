namespace OutreachRelay.Protocols.Spf;

/// <summary>The limits of a check; as they are, they are those of RFC 7208 §4.6.4.</summary>
public sealed record SpfOptions
{
    public int MaxLookups { get; init; } = 10;

    public int MaxVoidLookups { get; init; } = 2;

    /// <summary>The most time for one check; afterwards it is a temperror. RFC 7208 asks for 20 seconds at least.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}
