using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dmarc;

/// <summary>Evaluates whether mail is authenticated as its author's (RFC 9989; RFC 7489 where a public suffix list is given).</summary>
public sealed class DmarcVerifier(IDnsResolver dns, DmarcOptions options)
{
    /// <summary>Finds the policy, the alignments and the result. Every failure of DNS or of the records is a result.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<DmarcOutcome> EvaluateAsync(DmarcRequest request, CancellationToken cancel = default)
    {
        // (1) The author domain.
        if (request.Authors.Count != 1 || Normalise(request.Authors[0]) is not { } author)
            return new DmarcOutcome { Result = DmarcResult.PermError, AuthorDomain = "", Detail = "no single author domain" };

        // (2) The record that applies to it.
        var records = new PolicyRecords(dns, cancel);
        var domains = new OrganizationalDomains(records, options.PublicSuffixes);
        var policy = await domains.DiscoverAsync(author);
        if (policy.Error is not null)
            return new DmarcOutcome { Result = DmarcResult.TempError, AuthorDomain = author, Detail = policy.Error };
        if (policy.Record?.Policy is null)
            return new DmarcOutcome { Result = DmarcResult.None, AuthorDomain = author, Detail = Describe(policy) };

        // (3) What is authenticated and aligned.
        var aligner = new Aligner(domains, author);
        var dkim = await aligner.AlignAsync(request.DkimPassed, policy.Record.IsDkimStrict);
        var spf = await aligner.AlignAsync(request.SpfPassed, policy.Record.IsSpfStrict);

        // (4) An identifier that might have been aligned leaves a fail open, but never a pass.
        var isPass = dkim.IsAligned || spf.IsAligned;
        return new DmarcOutcome
        {
            Result = isPass ? DmarcResult.Pass : aligner.Error is null ? DmarcResult.Fail : DmarcResult.TempError,
            AuthorDomain = author,
            Policy = await ChoosePolicyAsync(policy, author, records),
            Domain = policy.Domain,
            Record = policy.Record,
            Dkim = dkim,
            Spf = spf,
            Detail = isPass ? "" : aligner.Error ?? "",
        };
    }

    /// <summary>Whether a domain would be aligned with an author's if something vouched for it, whatever policies are published.</summary>
    /// <param name="isStrict">Whether it has to be the same domain; otherwise both have to have one organisational domain.</param>
    /// <returns><see langword="null"/> when DNS does not tell now.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<bool?> IsAlignedAsync(string author, string domain, bool isStrict, CancellationToken cancel = default)
    {
        if (Normalise(author) is not { } normal)
            return false;
        var aligner = new Aligner(new OrganizationalDomains(new PolicyRecords(dns, cancel), options.PublicSuffixes), normal);
        var found = await aligner.AlignAsync([domain], isStrict);
        return found.IsAligned ? true : aligner.Error is null ? false : null;
    }

    /// <returns>The domain of an address, in A-labels and lower case; <see langword="null"/> when it is no domain name.</returns>
    internal static string? Normalise(string address)
    {
        var domain = Mailbox.ToAsciiDomain(address[(address.LastIndexOf('@') + 1)..].Trim().TrimEnd('.')) ?? "";
        return domain.Length is > 0 and <= 253 && !domain.StartsWith('.') && !domain.Contains("..") && !domain.StartsWith('[') ? domain : null;
    }

    private static string Describe(PolicyAt policy) =>
        policy.IsAmbiguous ? "more than one DMARC record" : policy.Record is null ? "no DMARC record" : "the DMARC record has no policy";

    private static async Task<DmarcPolicy> ChoosePolicyAsync(PolicyAt at, string author, PolicyRecords records)
    {
        var record = at.Record!;
        var policy = record.Policy!.Value;
        if (at.Domain != author)
        {
            policy = record.SubdomainPolicy ?? policy;
            if (record.NonexistentPolicy is { } nonexistent && !await records.ExistsAsync(author))
                policy = nonexistent;
        }
        // RFC 9989 §4.7: while testing, one step milder.
        return record.IsTesting && policy != DmarcPolicy.None ? policy - 1 : policy;
    }
}
