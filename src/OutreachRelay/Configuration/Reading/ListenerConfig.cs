using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[[listener]]</c>: a port that takes mail.</summary>
public sealed record ListenerConfig
{
    public required Place Place { get; init; }
    public Setting<IPEndPoint>? Address { get; init; }
    public Setting<ListenerPurpose>? Purpose { get; init; }
    public Setting<TlsMode>? Tls { get; init; }
    public Setting<string>? Certificate { get; init; }
    public Setting<SecretReference>? Key { get; init; }
    public Setting<long>? MaxMessageSize { get; init; }
    public Setting<int>? MaxConnections { get; init; }
    public Setting<int>? MaxConnectionsPerAddress { get; init; }
    public Setting<ImmutableArray<Setting<IPNetwork>>>? ProxyProtocolFrom { get; init; }

    internal static ListenerConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Address = reader.Require("address", Addresses.EndPoint),
        Purpose = reader.Read("purpose", Values.Choice(("submission", ListenerPurpose.Submission), ("bounces", ListenerPurpose.Bounces))),
        Tls = reader.Read("tls", TlsModes),
        Certificate = reader.Read("certificate", Values.FilePath),
        Key = reader.Read("key", Secrets.Reference),
        MaxMessageSize = reader.Read("max_message_size", Quantities.Size(1024, 1L << 30)),
        MaxConnections = reader.Read("max_connections", Values.Integer(1, 1_000_000)),
        MaxConnectionsPerAddress = reader.Read("max_connections_per_address", Values.Integer(1, 1_000_000)),
        ProxyProtocolFrom = reader.ReadList("proxy_protocol_from", Addresses.Network),
    };

    internal static readonly Func<TomlValue, Parsed<TlsMode>> TlsModes =
        Values.Choice(("none", TlsMode.None), ("starttls", TlsMode.StartTls), ("implicit", TlsMode.Implicit));
}

/// <summary><c>[http]</c>: metrics, health, API and dashboard.</summary>
public sealed record HttpConfig
{
    public required Place Place { get; init; }
    public Setting<IPEndPoint>? Address { get; init; }
    public Setting<IPEndPoint>? PublicAddress { get; init; }
    public Setting<Uri>? PublicUrl { get; init; }
    public required ImmutableArray<HttpTokenConfig> Tokens { get; init; }

    internal static HttpConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Address = reader.Read("address", Addresses.EndPoint),
        PublicAddress = reader.Read("public_address", Addresses.EndPoint),
        PublicUrl = reader.Read("public_url", Addresses.WebUrl),
        Tokens = [.. reader.Tables("token", KnownKeys.HttpToken).Select(HttpTokenConfig.Read)],
    };
}

/// <summary><c>[[http.token]]</c>: a bearer token of the API.</summary>
public sealed record HttpTokenConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<SecretReference>? Secret { get; init; }
    public Setting<ImmutableArray<Setting<ApiScopes>>>? Scopes { get; init; }

    internal static HttpTokenConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Values.Name),
        Secret = reader.Require("secret", Secrets.Reference),
        Scopes = reader.RequireList("scopes", Values.Choice(("read", ApiScopes.Read), ("operate", ApiScopes.Operate))),
    };
}
