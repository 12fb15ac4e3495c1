namespace OutreachRelay.Protocols.Dns;

/// <summary>What a question came to. Only <see cref="TemporaryError"/> may be another answer a moment later.</summary>
public enum DnsStatus
{
    /// <summary>There are records of the type: <see cref="DnsAnswer.Records"/> is not empty.</summary>
    Records,

    /// <summary>The name exists, but has no record of the type (RFC 2308 §2.2).</summary>
    NoData,

    /// <summary>The name does not exist, nor does any name below it (NXDOMAIN, RFC 8020). Also for text that is no domain name.</summary>
    NoSuchName,

    /// <summary>No server gave a usable answer: SERVFAIL, REFUSED, silence, or a malformed message.</summary>
    TemporaryError,
}

/// <summary>The answer to one question.</summary>
/// <param name="Status">Whether <paramref name="Records"/> holds anything, and why not.</param>
/// <param name="Records">The records of the type asked for, at the end of the chain of aliases, in the server's order.</param>
/// <param name="TimeToLive">How long the answer may be kept: the least of its records and aliases, or the negative time of RFC 2308 §5.</param>
/// <param name="Detail">The cause of a temporary error, in a few words for the log. Otherwise empty.</param>
public sealed record DnsAnswer(DnsStatus Status, IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive, string Detail = "")
{
    public static DnsAnswer NoSuchName(TimeSpan timeToLive) => new(DnsStatus.NoSuchName, [], timeToLive);

    public static DnsAnswer NoData(TimeSpan timeToLive) => new(DnsStatus.NoData, [], timeToLive);

    public static DnsAnswer TemporaryError(string detail) => new(DnsStatus.TemporaryError, [], TimeSpan.Zero, detail);

    /// <summary>Whether the answer is certain and holds nothing: a void lookup (RFC 7208 §4.6.4).</summary>
    public bool IsVoid => Status is DnsStatus.NoData or DnsStatus.NoSuchName;
}
