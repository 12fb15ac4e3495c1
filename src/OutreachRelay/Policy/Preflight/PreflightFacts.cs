using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;

namespace OutreachRelay.Policy.Preflight;

/// <summary>What DNS said of a subject: all that a verdict is decided on.</summary>
public sealed record PreflightFacts
{
    public required PreflightSubject Subject { get; init; }

    /// <summary><see langword="null"/> where the envelope domain is the upstream's.</summary>
    public SpfFacts? Spf { get; init; }

    /// <summary>In the order of <see cref="PreflightSubject.Selectors"/>.</summary>
    public ImmutableArray<KeyFacts> Keys { get; init; } = [];

    /// <summary>In the order of <see cref="PreflightSubject.OwnKeys"/>.</summary>
    public ImmutableArray<KeyFacts> OwnKeys { get; init; } = [];

    /// <summary>The policy that applies to the domain; its result says nothing here.</summary>
    public required DmarcOutcome Dmarc { get; init; }

    /// <summary>Whether the envelope domain is aligned with the domain, as strictly as the policy wants; <see langword="null"/> when DNS does not tell.</summary>
    public bool? IsSpfAligned { get; init; }

    public required DnsAnswer Mx { get; init; }

    /// <summary>The domain's own addresses, asked for where it has no MX record.</summary>
    public DnsAnswer? Addresses { get; init; }

    public ImmutableArray<ListFacts> Lists { get; init; } = [];
}

/// <param name="Survey">Of the envelope domain.</param>
/// <param name="Provider">Of what a record includes for the upstream; <see langword="null"/> where that is not known, or was not needed.</param>
/// <param name="Outcomes">What receivers would find for some of the upstream's addresses.</param>
public sealed record SpfFacts(SpfSurvey Survey, SpfSurvey? Provider, ImmutableArray<(IPAddress Address, SpfOutcome Outcome)> Outcomes);

/// <param name="Name">Where the key is to be: <c>selector._domainkey.domain</c>.</param>
/// <param name="Answer">Its TXT records, behind aliases.</param>
/// <param name="Alias">What the name is an alias of, where no key was found; empty when it is none.</param>
public sealed record KeyFacts(string Selector, string Name, DnsAnswer Answer, string Alias);

/// <param name="Listed">The domain or address.</param>
/// <param name="Name">The name that was asked for.</param>
public sealed record ListFacts(string List, string Listed, string Name, DnsAnswer Answer);
