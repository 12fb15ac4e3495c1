namespace OutreachRelay.Protocols.Dmarc;

/// <summary>How the domains of one mechanism relate to the author domain.</summary>
/// <param name="Domain">
/// What the aligned domain and the author domain have in common: themselves, or their organisational domain. <see langword="null"/> when none
/// is aligned.
/// </param>
/// <param name="IsStrict">Whether only the author domain itself would do.</param>
public sealed record DmarcAlignment(string? Domain, bool IsStrict)
{
    public bool IsAligned => Domain is not null;
}

/// <summary>What the evaluation of a message found.</summary>
public sealed record DmarcOutcome
{
    public required DmarcResult Result { get; init; }

    /// <summary>The author domain in A-labels and lower case; empty when there is no single valid one.</summary>
    public required string AuthorDomain { get; init; }

    /// <summary>
    /// What the domain owner asks for if the result is a fail; <c>sp</c>, <c>np</c> and <c>t</c> are taken into account. <see langword="null"/>
    /// without a record.
    /// </summary>
    public DmarcPolicy? Policy { get; init; }

    /// <summary>The domain whose record applies: the author domain, or one above it.</summary>
    public string? Domain { get; init; }

    public DmarcRecord? Record { get; init; }

    public DmarcAlignment Dkim { get; init; } = new(null, false);

    public DmarcAlignment Spf { get; init; } = new(null, false);

    /// <summary>Why there is no pass or fail, in words for the log. Otherwise empty.</summary>
    public string Detail { get; init; } = "";
}
