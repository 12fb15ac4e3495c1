namespace OutreachRelay.Protocols.Dmarc;

/// <summary>Compares authenticated domains with the author domain (RFC 7489 §3.1, RFC 9989 §4.4).</summary>
internal sealed class Aligner(OrganizationalDomains domains, string author)
{
    /// <summary>Mail with more signatures than these is not worth more questions.</summary>
    private const int MaxDomains = 16;

    /// <summary>Why an organisational domain is not known; <see langword="null"/> when none was missing.</summary>
    public string? Error { get; private set; }

    public async Task<DmarcAlignment> AlignAsync(IReadOnlyList<string> passed, bool isStrict)
    {
        var candidates = passed.Select(DmarcVerifier.Normalise).OfType<string>().Distinct().Take(MaxDomains).ToList();
        if (candidates.Contains(author))
            return new DmarcAlignment(author, isStrict);
        if (isStrict || candidates.Count == 0 || await FindAsync(author) is not { } organizational)
            return new DmarcAlignment(null, isStrict);
        foreach (var candidate in candidates)
        {
            // The cheap test first: who is not below it can't have it as organisational domain.
            if (IsWithin(candidate, organizational) && await FindAsync(candidate) == organizational)
                return new DmarcAlignment(organizational, isStrict);
        }
        return new DmarcAlignment(null, isStrict);
    }

    private async Task<string?> FindAsync(string domain)
    {
        var (found, error) = await domains.FindAsync(domain);
        Error ??= error;
        return error is null ? found : null;
    }

    private static bool IsWithin(string name, string domain) =>
        name.EndsWith(domain, StringComparison.Ordinal) && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');
}
