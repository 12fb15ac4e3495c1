using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OutreachRelay.Http;

/// <summary>What strangers may cost: connections, sizes, times, and requests per address.</summary>
public sealed class StrangerLimits : IDisposable
{
    private const int Connections = 256;
    private const int HeaderOctets = 16 * 1024;
    private const long BodyOctets = 2 << 20;
    private const int RequestsPerSecond = 100;

    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<IPAddress> _requests = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        static address => RateLimitPartition.GetTokenBucketLimiter(Network(address), static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2 * RequestsPerSecond,
            TokensPerPeriod = RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        }));

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = Connections;
        limits.MaxRequestHeadersTotalSize = HeaderOctets;
        limits.MaxRequestLineSize = HeaderOctets / 2;
        limits.MaxRequestBodySize = BodyOctets;
        limits.RequestHeadersTimeout = HeaderTime;
        limits.KeepAliveTimeout = IdleTime;
    }

    /// <summary>Answers 429 to an address that asks too often.</summary>
    public void Use(IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (MayAsk(context.Connection.RemoteIpAddress ?? IPAddress.None))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter = "1";
        return Task.CompletedTask;
    });

    public void Dispose() => _requests.Dispose();

    private bool MayAsk(IPAddress address)
    {
        using var lease = _requests.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    // Who has one address of an IPv6 network has 2^64 of them.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }
}
