using System.Collections.Immutable;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>The whole configuration file, as it stands.</summary>
public sealed record FileConfig
{
    public required Place Place { get; init; }
    public RelayConfig? Relay { get; init; }
    public required ImmutableArray<ListenerConfig> Listeners { get; init; }
    public HttpConfig? Http { get; init; }
    public DeliveryConfig? Delivery { get; init; }
    public required ImmutableArray<ClientConfig> Clients { get; init; }
    public required ImmutableArray<DirectionConfig> Directions { get; init; }
    public required ImmutableArray<PoolConfig> Pools { get; init; }
    public required ImmutableArray<SenderConfig> Senders { get; init; }
    public required ImmutableArray<DomainConfig> Domains { get; init; }
    public required ImmutableArray<UpstreamConfig> Upstreams { get; init; }
    public PolicyConfig? Policy { get; init; }
    public ScoreConfig? Score { get; init; }
    public DnsConfig? Dns { get; init; }
    public AlertsConfig? Alerts { get; init; }
    public BouncesConfig? Bounces { get; init; }
    public LogConfig? Log { get; init; }

    internal static FileConfig Read(TomlTable root, string file, ProblemList problems)
    {
        var place = new Place(file, 1, 1, "");
        var reader = new SectionReader(root, KnownKeys.Root, place, problems);
        return new FileConfig
        {
            Place = place,
            Relay = One("relay", KnownKeys.Relay, RelayConfig.Read),
            Listeners = Many("listener", KnownKeys.Listener, ListenerConfig.Read),
            Http = One("http", KnownKeys.Http, HttpConfig.Read),
            Delivery = One("delivery", KnownKeys.Delivery, DeliveryConfig.Read),
            Clients = Many("client", KnownKeys.Client, ClientConfig.Read),
            Directions = Many("direction", KnownKeys.Direction, DirectionConfig.Read),
            Pools = Many("pool", KnownKeys.Pool, PoolConfig.Read),
            Senders = Many("sender", KnownKeys.Sender, SenderConfig.Read),
            Domains = Many("domain", KnownKeys.Domain, DomainConfig.Read),
            Upstreams = Many("upstream", KnownKeys.Upstream, UpstreamConfig.Read),
            Policy = One("policy", KnownKeys.Policy, PolicyConfig.Read),
            Score = One("score", KnownKeys.Score, ScoreConfig.Read),
            Dns = One("dns", KnownKeys.Dns, DnsConfig.Read),
            Alerts = One("alerts", KnownKeys.Alerts, AlertsConfig.Read),
            Bounces = One("bounces", KnownKeys.Bounces, BouncesConfig.Read),
            Log = One("log", KnownKeys.Log, LogConfig.Read),
        };

        T? One<T>(string key, KnownSection section, Func<SectionReader, T> read)
            where T : class => reader.Table(key, section) is { } table ? read(table) : null;

        ImmutableArray<T> Many<T>(string key, KnownSection section, Func<SectionReader, T> read) =>
            [.. reader.Tables(key, section).Select(read)];
    }
}
