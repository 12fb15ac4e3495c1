using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Policy;

/// <summary>Makes resolvers that ask the servers of the configuration, or those of the system.</summary>
internal static class ConfiguredResolver
{
    private static readonly DnsCacheOptions CacheOptions = new();

    /// <summary>A resolver with an empty cache of its own.</summary>
    public static IDnsResolver Create(DnsModel dns, TimeProvider time) => new DnsCache(new StubResolver(Options(dns), time), CacheOptions, time);

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
