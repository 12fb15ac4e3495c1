namespace OutreachRelay.Protocols.Dmarc;

/// <summary>Finds the domain that an organisation registered, and the policy that applies below it, in one of the two ways.</summary>
/// <param name="suffixes">The list to go by; <see langword="null"/> for the tree walk.</param>
internal sealed class OrganizationalDomains(PolicyRecords records, PublicSuffixList? suffixes)
{
    /// <summary>Policy discovery (RFC 9989 §4.10.1, RFC 7489 §6.6.3): the author domain's record, else one above it.</summary>
    public async Task<PolicyAt> DiscoverAsync(string author)
    {
        // Several records void each other, but they are the author domain's word: nobody else's policy takes their place.
        var own = await records.FindAsync(author);
        if (own.Record is not null || own.IsAmbiguous || own.Error is not null)
            return own;
        if (suffixes is not null)
            return await records.FindAsync(FindBySuffix(suffixes, author));

        var (found, error) = await TreeWalk.WalkAsync(records, author);
        if (error is not null)
            return own with { Error = error };
        var organizational = TreeWalk.SelectOrganizational(author, found);
        // Without a record of its own, the organisation is under the policy of the public suffix above it.
        return found.Find(each => each.Domain == organizational)
            ?? found.Find(each => each.Record!.PublicSuffix == DmarcPublicSuffix.Yes)
            ?? own;
    }

    /// <returns>The organisational domain; or the error of DNS because of which it is not known.</returns>
    public async Task<(string Domain, string? Error)> FindAsync(string domain)
    {
        if (suffixes is not null)
            return (FindBySuffix(suffixes, domain), null);
        var (found, error) = await TreeWalk.WalkAsync(records, domain);
        return (TreeWalk.SelectOrganizational(domain, found), error);
    }

    private static string FindBySuffix(PublicSuffixList suffixes, string domain) => suffixes.FindRegistrable(domain) ?? domain;
}
