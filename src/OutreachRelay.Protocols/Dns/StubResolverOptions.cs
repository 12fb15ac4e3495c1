using System.Net;

namespace OutreachRelay.Protocols.Dns;

/// <summary>Whom a <see cref="StubResolver"/> asks, and how long it waits.</summary>
public sealed record StubResolverOptions
{
    /// <summary>Recursive servers, asked in this order. The second is asked when the first fails.</summary>
    public required IReadOnlyList<IPEndPoint> Servers { get; init; }

    /// <summary>How long to wait for one server over one transport.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the whole list of servers is gone through.</summary>
    public int Attempts { get; init; } = 2;

    public static StubResolverOptions From(ResolvConf conf) =>
        new() { Servers = conf.Servers, Timeout = conf.Timeout, Attempts = conf.Attempts };
}
