using System.Collections.Frozen;
using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Tests;

/// <summary>Models for tests: one client with one direction and one pool, to be varied with <c>with</c>.</summary>
internal static class Models
{
    /// <summary>The rules for replies that come with the program.</summary>
    public static ReplyRules ShippedReplies { get; } = ReplyRules.Load(DataFolder.BesideProgram).Rules!;

    public static SenderModel Sender(string address, int dailyLimit = 50, double weight = 1, string zone = "UTC", params string[] upstreams) => new()
    {
        Address = Mailbox(address),
        Key = Mailbox(address).Key,
        Domain = Mailbox(address).AsciiDomain,
        RegisteredDomain = Mailbox(address).AsciiDomain,
        DisplayName = "Ann",
        Pool = "pool",
        DailyLimit = dailyLimit,
        Weight = weight,
        TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone),
        Calendar = new SendCalendar(SendWindow.Always, TimeZoneInfo.FindSystemTimeZoneById(zone)),
        Upstreams = [.. upstreams],
    };

    public static Mailbox Mailbox(string address) =>
        Protocols.Smtp.Mailbox.TryParse(address, out var mailbox, out var error) ? mailbox : throw new ArgumentException(error, nameof(address));

    public static PoolModel Pool(params SenderModel[] senders) =>
        new() { Name = "pool", Senders = [.. senders], DomainDailyLimit = null, Sticky = Stickiness.Recipient };

    public static UpstreamModel Upstream(string name, int tier = 1, double weight = 1, int port = 25) => new()
    {
        Name = name,
        Type = UpstreamType.Smtp,
        Host = "127.0.0.1",
        Port = port,
        Tls = TlsMode.None,
        Credential = null,
        DomainCredentials = [],
        Tier = tier,
        Weight = weight,
        MaxConnections = 4,
        MaxMessagesPerConnection = 100,
    };

    public static DirectionModel Direction(PoolModel pool, params UpstreamModel[] upstreams) => new()
    {
        Client = "acme",
        Name = "cold",
        Pool = pool,
        Upstreams = [.. upstreams.OrderBy(upstream => upstream.Tier)],
        ReplyTo = new ReplyToModel(ReplyToMode.Keep),
        KeepDisplayName = false,
        RewriteMessageId = false,
        DailyLimit = null,
    };

    public static ClientModel Client(params DirectionModel[] directions) => new()
    {
        Name = "acme",
        Networks = [IPNetwork.Parse("127.0.0.1/32")],
        ControlHeaders = false,
        DailyLimit = null,
        DefaultDirection = directions[0],
        Directions = directions.ToFrozenDictionary(direction => direction.Name),
    };

    public static RelayModel Relay(params SenderModel[] senders) => Relay(Client(Direction(Pool(senders), Upstream("a"))));

    public static RelayModel Relay(params ClientModel[] clients)
    {
        var directions = clients.SelectMany(client => client.Directions.Values).ToList();
        return new RelayModel
        {
            Version = "000000000000",
            Path = "relay.toml",
            Hostname = "relay.example.com",
            DataDirectory = Path.GetTempPath(),
            TokenKeys = Keys("a key of the tests' own"),
            MinFreeSpace = 0,
            AdminSocket = "admin.sock",
            Listeners = [new ListenerModel { Address = new(IPAddress.Loopback, 0), MaxMessageSize = 1 << 20, MaxConnections = 10, MaxConnectionsPerAddress = 5 }],
            Http = new HttpModel(new(IPAddress.Loopback, 0), null),
            Delivery = Delivery(),
            Clients = clients.ToFrozenDictionary(client => client.Name),
            Logins = clients.Where(client => client.Username is not null).ToFrozenDictionary(client => client.Username!),
            Pools = directions.Select(direction => direction.Pool).DistinctBy(pool => pool.Name).ToFrozenDictionary(pool => pool.Name),
            Senders = directions.SelectMany(direction => direction.Pool.Senders).DistinctBy(sender => sender.Key).ToFrozenDictionary(sender => sender.Key),
            Upstreams = directions.SelectMany(direction => direction.Upstreams).DistinctBy(upstream => upstream.Name).ToFrozenDictionary(upstream => upstream.Name),
            Domains = FrozenDictionary<string, DomainModel>.Empty,
            Replies = ShippedReplies,
            Policy = new PolicyModel(100, TimeSpan.FromHours(1)),
            Alerts = new AlertsModel(null, TimeSpan.FromHours(1)),
            Log = new LogModel(Microsoft.Extensions.Logging.LogLevel.Information, LogFormat.Text, RecipientLogging.Hash),
        };
    }

    /// <summary>A ring of keys.</summary>
    public static TokenKeys Keys(params string[] keys) =>
        TokenKeys.TryParse(string.Join(',', keys.Select(key => key.Replace(' ', '-'))), out var ring, out var error) ? ring : throw new ArgumentException(error, nameof(keys));

    public static DeliveryModel Delivery() => new()
    {
        Retry = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)],
        Expire = TimeSpan.FromDays(3),
        ProbeInterval = TimeSpan.FromSeconds(30),
        InDoubt = InDoubtAction.Retry,
        InDoubtWait = TimeSpan.FromMinutes(15),
        Grace = TimeSpan.FromSeconds(20),
        Retention = TimeSpan.FromDays(30),
    };
}
