using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[[upstream]]</c>: a provider or smart host.</summary>
public sealed record UpstreamConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<UpstreamType>? Type { get; init; }
    public Setting<string>? Preset { get; init; }
    public Setting<string>? Region { get; init; }
    public Setting<string>? Host { get; init; }
    public Setting<int>? Port { get; init; }
    public Setting<TlsMode>? Tls { get; init; }
    public Setting<string>? Ca { get; init; }
    public Setting<bool>? Chunking { get; init; }
    public Setting<AuthMode>? Auth { get; init; }
    public Setting<TextOrSecret>? Username { get; init; }
    public Setting<SecretReference>? Password { get; init; }
    public required ImmutableArray<CredentialConfig> Credentials { get; init; }
    public Setting<int>? Tier { get; init; }
    public Setting<double>? Weight { get; init; }
    public Setting<int>? MaxConnections { get; init; }
    public Setting<int>? MaxMessagesPerConnection { get; init; }

    /// <summary>In octets.</summary>
    public Setting<long>? MaxMessageSize { get; init; }

    public Setting<Rate>? Rate { get; init; }
    public Setting<long>? DailyLimit { get; init; }
    public Setting<long>? MonthlyLimit { get; init; }
    public WarmupConfig? Warmup { get; init; }
    public Setting<DateOnly>? WarmupStart { get; init; }
    public Setting<string>? IpPool { get; init; }
    public Setting<double>? PricePer1000 { get; init; }
    public Setting<double>? MonthlyBudget { get; init; }
    public Setting<ImmutableArray<Setting<SecretReference>>>? WebhookSecrets { get; init; }

    /// <summary>From where it sends on.</summary>
    public Setting<ImmutableArray<Setting<IPAddress>>>? SendingAddresses { get; init; }

    internal static readonly Func<TomlValue, Parsed<AuthMode>> AuthModes =
        Values.Choice(("password", AuthMode.Password), ("xoauth2", AuthMode.XOAuth2));

    internal static UpstreamConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Values.Name),
        Type = reader.Require("type", Values.Choice(("capture", UpstreamType.Capture), ("smtp", UpstreamType.Smtp))),
        Preset = reader.Read("preset", Values.Name),
        Region = reader.Read("region", PresetConfig.Region),
        Host = reader.Read("host", Addresses.Host),
        Port = reader.Read("port", Values.Integer(1, 65535)),
        Tls = reader.Read("tls", ListenerConfig.TlsModes),
        Ca = reader.Read("ca", Values.FilePath),
        Chunking = reader.Read("chunking", Values.Boolean),
        Auth = reader.Read("auth", AuthModes),
        Username = reader.Read("username", Secrets.TextOrReference),
        Password = reader.Read("password", Secrets.Reference),
        Credentials = [.. reader.Tables("credential", KnownKeys.Credential).Select(CredentialConfig.Read)],
        Tier = reader.Read("tier", Values.Integer(0, 1000)),
        Weight = reader.Read("weight", Values.Number(0, SenderConfig.MostWeight)),
        MaxConnections = reader.Read("max_connections", Values.Integer(1, 1000)),
        MaxMessagesPerConnection = reader.Read("max_messages_per_connection", Values.Integer(1, 1_000_000)),
        MaxMessageSize = reader.Read("max_message_size", Quantities.Size(1 << 10, 1L << 40)),
        Rate = reader.Read("rate", Quantities.Rate),
        DailyLimit = reader.Read("daily_limit", Values.Long(0, long.MaxValue)),
        MonthlyLimit = reader.Read("monthly_limit", Values.Long(0, long.MaxValue)),
        Warmup = reader.Table("warmup", KnownKeys.UpstreamWarmup) is { } warmup ? WarmupConfig.Read(warmup) : null,
        WarmupStart = reader.Read("warmup_start", Values.Date),
        IpPool = reader.Read("ip_pool", PresetConfig.IpPool),
        PricePer1000 = reader.Read("price_per_1000", Values.Number(0, 1e6)),
        MonthlyBudget = reader.Read("monthly_budget", Values.Number(0, 1e9)),
        WebhookSecrets = reader.ReadList("webhook_secrets", Secrets.Reference),
        SendingAddresses = reader.ReadList("sending_addresses", Addresses.Address),
    };
}

/// <summary><c>[[upstream.credential]]</c>: a login that is valid for some sender domains.</summary>
public sealed record CredentialConfig
{
    public required Place Place { get; init; }
    public Setting<ImmutableArray<Setting<string>>>? Domains { get; init; }
    public Setting<AuthMode>? Auth { get; init; }
    public Setting<TextOrSecret>? Username { get; init; }
    public Setting<SecretReference>? Password { get; init; }

    internal static CredentialConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Domains = reader.RequireList("domains", Addresses.Domain),
        Auth = reader.Read("auth", UpstreamConfig.AuthModes),
        Username = reader.Require("username", Secrets.TextOrReference),
        Password = reader.Require("password", Secrets.Reference),
    };
}
