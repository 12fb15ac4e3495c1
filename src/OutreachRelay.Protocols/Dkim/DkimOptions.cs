namespace OutreachRelay.Protocols.Dkim;

/// <summary>The limits of a verification.</summary>
public sealed record DkimOptions
{
    /// <summary>Signatures evaluated, from the top of the header section; more are counted only (RFC 6376 §6.1).</summary>
    public int MaxSignatures { get; init; } = 8;

    /// <summary>The largest RSA key accepted, in bits. RFC 8301 §3.2 asks for 4,096 at least; what is larger costs more than mail is worth.</summary>
    public int MaxKeySize { get; init; } = 4096;

    /// <summary>How long after <c>x=</c> a signature still counts, since clocks differ.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most time for all questions to DNS; what has no answer then is a temperror.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}
