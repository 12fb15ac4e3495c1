using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Asks DNS for all that a verdict needs.</summary>
public sealed class PreflightProbe(IDnsResolver dns, PublicSuffixList? suffixes, TimeProvider time)
{
    private static readonly SpfOptions Limits = new();

    private readonly SpfSurveyor _surveyor = new(dns, Limits, time);
    private readonly SpfVerifier _spf = new(dns, Limits, time);
    private readonly DmarcVerifier _dmarc = new(dns, new DmarcOptions { PublicSuffixes = suffixes });

    /// <summary>Every failure of DNS is a fact.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<PreflightFacts> GatherAsync(PreflightSubject subject, CancellationToken cancel)
    {
        var policy = await _dmarc.EvaluateAsync(new DmarcRequest { Authors = [subject.Domain] }, cancel);
        var mx = await dns.ResolveAsync(subject.Domain, DnsType.MX, cancel);
        return new PreflightFacts
        {
            Subject = subject,
            Spf = subject.EnvelopeDomain is { } envelope ? await AskSpfAsync(subject, envelope, cancel) : null,
            Keys = await AskKeysAsync(subject.Domain, subject.Selectors, cancel),
            OwnKeys = await AskKeysAsync(subject.Domain, [.. subject.OwnKeys.Select(static key => key.Selector)], cancel),
            Dmarc = policy,
            IsSpfAligned = await AskAlignmentAsync(subject, policy, cancel),
            Mx = mx,
            Addresses = mx.IsVoid ? await AskAddressesAsync(subject.Domain, cancel) : null,
            Lists = await AskListsAsync(subject, cancel),
        };
    }

    private async Task<SpfFacts> AskSpfAsync(PreflightSubject subject, string envelope, CancellationToken cancel)
    {
        var survey = await _surveyor.SurveyAsync(envelope, cancel);
        var provider = subject.SendingAddresses.IsEmpty && subject.SpfInclude is { } include ? await _surveyor.SurveyAsync(include, cancel) : null;
        var outcomes = ImmutableArray.CreateBuilder<(IPAddress, SpfOutcome)>();
        foreach (var address in subject.SendingAddresses.IsEmpty ? Sample(provider?.Networks ?? []) : subject.SendingAddresses)
        {
            var request = new SpfRequest { Client = address, Helo = envelope, ReversePath = "postmaster@" + envelope };
            outcomes.Add((address, await _spf.CheckHostAsync(request, cancel)));
        }
        return new SpfFacts(survey, provider, outcomes.DrainToImmutable());
    }

    // A record that lists a provider's networks instead of including them is soon out of date: so not only the first of them.
    private static IEnumerable<IPAddress> Sample(IReadOnlyList<IPAddress> networks) =>
        networks.Count == 0 ? [] : new[] { networks[0], networks[networks.Count / 2], networks[^1] }.Distinct();

    private async Task<bool?> AskAlignmentAsync(PreflightSubject subject, DmarcOutcome policy, CancellationToken cancel)
    {
        if (subject.EnvelopeDomain is not { } envelope)
            return false;
        if (envelope == subject.Domain)
            return true;
        return policy.Result == DmarcResult.TempError ? null : await _dmarc.IsAlignedAsync(subject.Domain, envelope, policy.Spf.IsStrict, cancel);
    }

    private async Task<ImmutableArray<KeyFacts>> AskKeysAsync(string domain, ImmutableArray<string> selectors, CancellationToken cancel)
    {
        var keys = ImmutableArray.CreateBuilder<KeyFacts>(selectors.Length);
        foreach (var selector in selectors)
            keys.Add(await AskKeyAsync(domain, selector, cancel));
        return keys.MoveToImmutable();
    }

    private async Task<KeyFacts> AskKeyAsync(string domain, string selector, CancellationToken cancel)
    {
        var name = $"{selector}._domainkey.{domain}";
        var answer = await dns.ResolveAsync(name, DnsType.TXT, cancel);
        var alias = answer.IsVoid ? await dns.ResolveAsync(name, DnsType.CNAME, cancel) : null;
        return new KeyFacts(selector, name, answer, alias?.Records is [{ Target: var target }, ..] ? target : "");
    }

    private async Task<DnsAnswer> AskAddressesAsync(string domain, CancellationToken cancel)
    {
        var answer = await dns.ResolveAsync(domain, DnsType.A, cancel);
        return answer.IsVoid ? await dns.ResolveAsync(domain, DnsType.AAAA, cancel) : answer;
    }

    private async Task<ImmutableArray<ListFacts>> AskListsAsync(PreflightSubject subject, CancellationToken cancel)
    {
        var questions = subject.DomainBlocklists.Select(list => (list, listed: subject.Domain, name: $"{subject.Domain}.{list}"))
            .Concat(subject.SendingAddresses.SelectMany(address => subject.AddressBlocklists.Select(
                list => (list, listed: address.ToString(), name: $"{Blocklist.Reverse(address)}.{list}"))));
        var facts = ImmutableArray.CreateBuilder<ListFacts>();
        foreach (var (list, listed, name) in questions)
            facts.Add(new ListFacts(list, listed, name, await dns.ResolveAsync(name, DnsType.A, cancel)));
        return facts.DrainToImmutable();
    }
}
