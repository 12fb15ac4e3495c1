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

    // A provider tells each event by itself, and behind a proxy all of them have one address.
    private const int WebhookRequestsPerSecond = 3000;

    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<(IPAddress Address, bool IsWebhook)> _requests =
        PartitionedRateLimiter.Create<(IPAddress Address, bool IsWebhook), (IPAddress, bool)>(
            static asker => RateLimitPartition.GetTokenBucketLimiter((Network(asker.Address), asker.IsWebhook), static key => Options(key.Item2)));

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
        if (MayAsk(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Request.Path.StartsWithSegments("/webhooks")))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.RetryAfter = "1";
        return Task.CompletedTask;
    });

    public void Dispose() => _requests.Dispose();

    private static TokenBucketRateLimiterOptions Options(bool isWebhook)
    {
        var rate = isWebhook ? WebhookRequestsPerSecond : RequestsPerSecond;
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2 * rate,
            TokensPerPeriod = rate,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        };
    }

    private bool MayAsk(IPAddress address, bool isWebhook)
    {
        using var lease = _requests.AttemptAcquire((address, isWebhook));
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
