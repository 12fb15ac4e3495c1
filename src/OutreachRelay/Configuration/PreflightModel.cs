using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dmarc;

namespace OutreachRelay.Configuration;

/// <summary>What is done about sender domains whose mail would not be authenticated.</summary>
public enum PreflightMode
{
    /// <summary>Nothing is asked.</summary>
    Off,

    /// <summary>They are told of, and send.</summary>
    Warn,

    /// <summary>They are told of, and do not send where they fail.</summary>
    Enforce,
}

/// <summary>How sender domains are checked before their mail leaves.</summary>
public sealed record PreflightModel
{
    public PreflightMode Mode { get; init; }

    /// <summary>How long a verdict that is no fail is good.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>DNS block lists of domains, by name (RFC 5782 §2.3).</summary>
    public ImmutableArray<string> DomainBlocklists { get; init; } = [];

    /// <summary>DNS block lists of addresses (RFC 5782 §2.1).</summary>
    public ImmutableArray<string> AddressBlocklists { get; init; } = [];

    /// <summary>By which organisational domains are found; <see langword="null"/>: by the tree walk.</summary>
    public PublicSuffixList? PublicSuffixes { get; init; }
}

/// <summary>Whom our own resolver asks.</summary>
/// <param name="Servers">Empty: those of <c>/etc/resolv.conf</c>.</param>
/// <param name="Timeout"><see langword="null"/>: the time of <c>/etc/resolv.conf</c>, or five seconds.</param>
public sealed record DnsModel(ImmutableArray<IPEndPoint> Servers, TimeSpan? Timeout);

/// <summary>A key of ours.</summary>
/// <param name="Selector">Under which it is published; in lower case.</param>
/// <param name="Record">As it is to be published.</param>
/// <param name="Signer">Signs with it for its domain.</param>
public sealed record OwnKeyModel(string Selector, DkimKeyRecord Record, DkimSigner Signer);
