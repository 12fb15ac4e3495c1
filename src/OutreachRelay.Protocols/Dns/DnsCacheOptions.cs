namespace OutreachRelay.Protocols.Dns;

/// <summary>How much a <see cref="DnsCache"/> keeps, and how long.</summary>
public sealed record DnsCacheOptions
{
    /// <summary>The most answers kept; the one not used for longest goes first.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Answers are kept at least so long, even with a smaller time to live: the checks of one message see one answer.</summary>
    public TimeSpan MinTimeToLive { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The most for "no such name" and "no data" (RFC 2308 §5): a record just published should be seen soon.</summary>
    public TimeSpan MaxNegativeTimeToLive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a temporary error is kept (RFC 9520 §3.2: a second at least), so that a failing server is not asked for each message.</summary>
    public TimeSpan FailureTime { get; init; } = TimeSpan.FromSeconds(1);
}
