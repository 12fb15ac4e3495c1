using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration;

public enum UpstreamType
{
    /// <summary>Keeps mail as <c>.eml</c> files below the data directory; nothing leaves the machine.</summary>
    Capture,

    /// <summary>A provider or any smart host.</summary>
    Smtp,
}

/// <summary>How a connection is protected.</summary>
public enum TlsMode
{
    /// <summary>Not at all: no credentials, loopback and private addresses only.</summary>
    None,

    /// <summary>By STARTTLS (RFC 3207), which must succeed.</summary>
    StartTls,

    /// <summary>From the first octet (RFC 8314 §3).</summary>
    Implicit,
}

/// <summary>What a credential is.</summary>
public enum AuthMode
{
    /// <summary>User name and password.</summary>
    Password,

    /// <summary>User name and OAuth 2 access token, by XOAUTH2 or OAUTHBEARER (RFC 7628).</summary>
    XOAuth2,
}

/// <summary>A provider or smart host that we relay through.</summary>
public sealed record UpstreamModel
{
    public required string Name { get; init; }
    public required UpstreamType Type { get; init; }

    /// <summary>Host name or address; empty for <see cref="UpstreamType.Capture"/>.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }
    public required TlsMode Tls { get; init; }

    /// <summary>What is known of the provider, or <see langword="null"/>.</summary>
    public PresetModel? Preset { get; init; }

    /// <summary>Names of fields that it replaces before it sends on: a signature of ours over them would break.</summary>
    public ImmutableArray<string> ReplacedFields => Preset?.ReplacedFields ?? [];

    /// <summary>Header fields that only this upstream gets, in this order; no name twice.</summary>
    public ImmutableArray<AddedField> AddedFields { get; init; } = [];

    /// <summary>Who vouches for the certificate; <see langword="null"/>: the system's roots.</summary>
    public TrustedRoots? Roots { get; init; }

    /// <summary>Whether small messages go out by BDAT where it is offered (RFC 3030).</summary>
    public bool UseChunking { get; init; }

    /// <summary>The credential of the account, or <see langword="null"/>.</summary>
    public required CredentialModel? Credential { get; init; }

    /// <summary>Credentials that are valid for some sender domains only; they win over <see cref="Credential"/>.</summary>
    public required ImmutableArray<CredentialModel> DomainCredentials { get; init; }

    /// <summary>Lower tiers are used first.</summary>
    public required int Tier { get; init; }

    /// <summary>Share among the upstreams of its tier.</summary>
    public required double Weight { get; init; }

    public required int MaxConnections { get; init; }

    /// <summary>Messages that one session may carry before it is closed.</summary>
    public required int MaxMessagesPerConnection { get; init; }

    /// <summary>Octets of a rendered message that are taken, beside what the server says in EHLO (RFC 1870); <see langword="null"/> for no limit.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>Messages per time, or <see langword="null"/> for as fast as it goes.</summary>
    public Rate? Rate { get; init; }

    public UpstreamLimits Limits { get; init; } = new();

    /// <summary>The addresses from which it sends on, where they are known: what SPF and block lists are asked about.</summary>
    public ImmutableArray<IPAddress> SendingAddresses { get; init; } = [];

    /// <summary>How its provider's events are verified; <see langword="null"/> when no secret is configured: then there is no webhook.</summary>
    public WebhookModel? Webhook { get; init; }

    /// <summary>The credential for a sender's domain (A-labels, lower case), or <see langword="null"/> when none is configured.</summary>
    public CredentialModel? CredentialFor(string senderDomain)
    {
        foreach (var credential in DomainCredentials)
        {
            if (credential.Domains.Contains(senderDomain))
                return credential;
        }
        return Credential;
    }
}

/// <param name="Id">Names the credential in leases and session pools; holds nothing secret.</param>
/// <param name="Domains">Sender domains it is valid for (A-labels, lower case); empty: all.</param>
public sealed record CredentialModel(string Id, ImmutableArray<string> Domains, string Username, string Password)
{
    public AuthMode Auth { get; init; }

    /// <summary>The file of <see cref="Password"/> where that is a token: it is renewed there, so each session reads it again.</summary>
    public string? TokenFile { get; init; }

    // A record's generated text would print the password.
    public override string ToString() => $"credential {Id}";
}

/// <summary>The webhook of an upstream's provider.</summary>
/// <param name="Secrets">What proves the provider: a public key, a signing key, a topic's name, or <c>user:password</c>, as its kind has it. At least one.</param>
public sealed record WebhookModel(WebhookKind Kind, ImmutableArray<string> Secrets)
{
    public bool Equals(WebhookModel? other) => other?.Kind == Kind && other.Secrets.SequenceEqual(Secrets);

    public override int GetHashCode() => HashCode.Combine(Kind, Secrets.Length);

    // A record's generated text would print the secrets.
    public override string ToString() => $"webhook {Kind}";
}
