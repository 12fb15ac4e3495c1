namespace OutreachRelay.Protocols.Dmarc;

/// <summary>The DNS tree walk (RFC 9989 §4.10): the records at a name and above it, and what they say about whose name it is.</summary>
internal static class TreeWalk
{
    /// <summary>RFC 9989 §4.10: names with more labels are cut to so many after the first question, so that nobody asks more than eight.</summary>
    private const int MaxLabels = 7;

    /// <summary>The records found, the longest name first; or the error of DNS that ended the walk.</summary>
    public static async Task<(List<PolicyAt> Found, string? Error)> WalkAsync(PolicyRecords records, string domain)
    {
        var found = new List<PolicyAt>();
        for (var name = domain; name.Length > 0; name = Parent(name))
        {
            var here = await records.FindAsync(name);
            if (here.Error is not null)
                return (found, here.Error);
            if (here.Record is null)
                continue;
            found.Add(here);
            if (here.Record.PublicSuffix != DmarcPublicSuffix.Unknown)
                break;
        }
        return (found, null);
    }

    /// <summary>Selects the organisational domain (RFC 9989 §4.10.2).</summary>
    /// <param name="domain">Where the walk began.</param>
    /// <param name="found">What it found.</param>
    public static string SelectOrganizational(string domain, List<PolicyAt> found)
    {
        if (found.Find(each => each.Record!.PublicSuffix == DmarcPublicSuffix.No) is { } owner)
            return owner.Domain;
        if (found.Find(each => each.Record!.PublicSuffix == DmarcPublicSuffix.Yes && each.Domain != domain) is { } suffix)
            return ChildOf(suffix.Domain, domain);
        return found.Count > 0 ? found[^1].Domain : domain;
    }

    private static string Parent(string name)
    {
        var labels = name.Split('.');
        return string.Join('.', labels[(labels.Length > MaxLabels ? labels.Length - MaxLabels : 1)..]);
    }

    // The one label below a suffix on the way to the domain.
    private static string ChildOf(string suffix, string domain)
    {
        var above = domain[..^(suffix.Length + 1)];
        return domain[(above.LastIndexOf('.') + 1)..];
    }
}
