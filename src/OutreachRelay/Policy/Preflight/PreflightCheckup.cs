using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Looks at sender domains. What one of them asked of DNS, the next does not ask again, so each round takes a new one.</summary>
public sealed class PreflightCheckup(PreflightProbe probe, TimeProvider time)
{
    private static readonly DnsCacheOptions CacheOptions = new();

    /// <summary>One that asks the servers that the configuration names.</summary>
    public static PreflightCheckup Create(RelayModel model, TimeProvider time)
    {
        var dns = new DnsCache(new StubResolver(Options(model.Dns), time), CacheOptions, time);
        return new PreflightCheckup(new PreflightProbe(dns, model.Policy.Preflight.PublicSuffixes, time), time);
    }

    /// <param name="last">What was known before, or <see langword="null"/>.</param>
    public async Task<PreflightReport> CheckAsync(PreflightSubject subject, PreflightReport? last, CancellationToken cancel) =>
        PreflightDecision.Decide(await probe.GatherAsync(subject, cancel), last, time.GetUtcNow());

    /// <summary>Looks at many, in their order.</summary>
    public async Task<ImmutableArray<PreflightReport>> CheckAllAsync(IEnumerable<PreflightSubject> subjects, CancellationToken cancel)
    {
        var reports = ImmutableArray.CreateBuilder<PreflightReport>();
        foreach (var subject in subjects)
            reports.Add(await CheckAsync(subject, null, cancel));
        return reports.DrainToImmutable();
    }

    private static StubResolverOptions Options(DnsModel dns)
    {
        var options = StubResolverOptions.From(System(dns));
        return options with { Servers = dns.Servers.IsEmpty ? options.Servers : dns.Servers, Timeout = dns.Timeout ?? options.Timeout };
    }

    private static ResolvConf System(DnsModel dns)
    {
        try
        {
            return dns.Servers.IsEmpty ? ResolvConf.Load() : ResolvConf.Parse([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ResolvConf.Parse([]);
        }
    }
}
