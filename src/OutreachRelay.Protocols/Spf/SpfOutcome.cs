namespace OutreachRelay.Protocols.Spf;

/// <summary>What check_host() found, with what one wants to know when it is not what one hoped for.</summary>
public sealed record SpfOutcome
{
    public required SpfResult Result { get; init; }

    /// <summary>The domain that was checked, as it was given.</summary>
    public required string Domain { get; init; }

    /// <summary>
    /// The directive that decided, as published, for example <c>include:_spf.example.net</c>; in the record of the domain or of the one it redirects
    /// to. <see langword="null"/> when none did.
    /// </summary>
    public string? Mechanism { get; init; }

    /// <summary>
    /// The text that the domain publishes for a fail (RFC 7208 §6.2): visible ASCII and spaces. <see langword="null"/> where it has none that
    /// is usable.
    /// </summary>
    public string? Explanation { get; init; }

    /// <summary>The terms met that query DNS; more than ten are a permerror (RFC 7208 §4.6.4).</summary>
    public int Lookups { get; init; }

    /// <summary>Those of them that found nothing; more than two are a permerror.</summary>
    public int VoidLookups { get; init; }

    /// <summary>The cause of a temperror or permerror, or of a none, in words for the log. Otherwise empty.</summary>
    public string Detail { get; init; } = "";
}
