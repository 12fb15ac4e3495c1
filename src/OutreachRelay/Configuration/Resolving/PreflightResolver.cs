using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves what preflight goes by: its keys in <c>[policy]</c>, <c>[dns]</c> and <c>[[domain]]</c>.</summary>
internal sealed class PreflightResolver(Resolution resolution, SuffixFile suffixes)
{
    private readonly ProblemList _problems = resolution.Problems;
    private readonly OwnKeyResolver _keys = new(resolution);

    public PreflightModel Resolve(PolicyConfig? policy) => new()
    {
        Mode = policy?.Preflight?.Value ?? PreflightMode.Warn,
        Interval = policy?.PreflightInterval?.Value ?? new PreflightModel().Interval,
        DomainBlocklists = Names(policy?.DomainBlocklists),
        AddressBlocklists = Names(policy?.AddressBlocklists),
        PublicSuffixes = policy?.BySuffixList is { Value: true, Place: var place } ? suffixes.Require(place, _problems) : null,
    };

    public static DnsModel Resolve(DnsConfig? dns) =>
        new([.. dns?.Servers?.Value.Select(static server => server.Value) ?? []], dns?.Timeout?.Value);

    public NameTable<DomainModel> Resolve(FileConfig file, NameTable<UpstreamModel> upstreams)
    {
        var domains = new NameTable<DomainModel>("domain", _problems);
        foreach (var domain in file.Domains)
            domains.Add(domain.Name, Resolve(domain, upstreams));
        return domains;
    }

    private DomainModel? Resolve(DomainConfig domain, NameTable<UpstreamModel> upstreams)
    {
        foreach (var name in domain.Selectors.Keys)
            WarnOfStranger(domain.Place with { Path = domain.Place.Path + ".selectors" }, name, upstreams);
        var keys = _keys.Resolve(domain);
        return domain.Name is null ? null : new DomainModel(domain.Name.Value, domain.ReturnPath?.Value)
        {
            OwnKeys = keys,
            Selectors = domain.Selectors.ToImmutableDictionary(
                static pair => pair.Key, static pair => pair.Value.Select(static selector => selector.Value).Distinct().ToImmutableArray()),
        };
    }

    // Keys may be published before the upstream is there, or stay for a while after it.
    private void WarnOfStranger(Place place, string name, NameTable<UpstreamModel> upstreams)
    {
        var names = upstreams.Values.Select(static upstream => upstream.Name).ToList();
        if (!names.Contains(name))
            _problems.Warning(place, $"there is no upstream '{name}'{Suggestion.For(name, names)}");
    }

    private static ImmutableArray<string> Names(Setting<ImmutableArray<Setting<string>>>? names) =>
        [.. names?.Value.Select(static name => name.Value).Distinct() ?? []];
}
