using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Dmarc;

/// <summary>What stands at <c>_dmarc.</c> below a domain.</summary>
/// <param name="Record">The one record; <see langword="null"/> when there is none, or more than one.</param>
/// <param name="IsAmbiguous">There is more than one: all are void (RFC 7489 §6.6.3, RFC 9989 §4.10).</param>
/// <param name="Error">Why it is not known; otherwise <see langword="null"/>.</param>
internal sealed record PolicyAt(string Domain, DmarcRecord? Record, bool IsAmbiguous = false, string? Error = null);

/// <summary>The records met in one evaluation; each name is asked for once.</summary>
internal sealed class PolicyRecords(IDnsResolver dns, CancellationToken cancel)
{
    private readonly Dictionary<string, PolicyAt> _known = [];

    public async Task<PolicyAt> FindAsync(string domain)
    {
        if (!_known.TryGetValue(domain, out var known))
            _known.Add(domain, known = Read(domain, await dns.ResolveAsync("_dmarc." + domain, DnsType.TXT, cancel)));
        return known;
    }

    /// <summary>Whether a name exists, with records of any type (RFC 9989 §3.2.13). What is not certain to be missing exists.</summary>
    public async Task<bool> ExistsAsync(string domain) =>
        (await dns.ResolveAsync(domain, DnsType.A, cancel)).Status != DnsStatus.NoSuchName;

    private static PolicyAt Read(string domain, DnsAnswer answer)
    {
        if (answer.Status == DnsStatus.TemporaryError)
            return new PolicyAt(domain, null, Error: answer.Detail);
        DmarcRecord? found = null;
        foreach (var text in answer.Records)
        {
            if (DmarcRecord.Parse(text.Text) is not { } record)
                continue;
            if (found is not null)
                return new PolicyAt(domain, null, IsAmbiguous: true);
            found = record;
        }
        return new PolicyAt(domain, found);
    }
}
