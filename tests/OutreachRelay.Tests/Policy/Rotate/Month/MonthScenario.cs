using System.Collections.Frozen;
using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Tests.Policy.Rotate.Month;

/// <summary>
/// Four clients with 300 senders each, four senders a domain: one whose pool is full every day, one that warms up, one under limits of every
/// kind, one whose senders have different weights.
/// </summary>
internal static class MonthScenario
{
    public const int SendersPerClient = 300;

    public static readonly (string Name, string Address, string Zone, int FirstMails)[] Clients =
    [
        ("full", "127.0.0.1", "Europe/Berlin", 2400), ("warming", "127.0.0.2", "Europe/London", 900),
        ("limited", "127.0.0.3", "America/New_York", 1500), ("weighted", "127.0.0.4", "Europe/Berlin", 1300),
    ];

    public static readonly DateOnly WarmupStart = new(2026, 2, 26);

    public static RelayModel Model() => Models.Relay(
        Client(0, Pool("full", i => Sender("full", i, 9, 1)) with { DomainDailyLimit = 50 }),
        Client(1, Pool("warming", i => Sender("warming", i, 12, 1) with { Warmup = new WarmupModel(2, 1, WarmupStart.AddDays(i % 7), 30), DomainWarmupSince = WarmupStart })
            with
        { DomainWarmup = new RampModel(6, 3) }),
        Client(2, Pool("limited", i => Sender("limited", i, 8 + (i % 9), 1)) with { DomainDailyLimit = 26, DomainHourlyLimit = 6 },
            direction => direction with { DailyLimit = 1400 }) with
        { DailyLimit = 1450 },
        Client(3, Pool("weighted", i => Sender("weighted", i, 15, 1 + (i % 3)))));

    private static ClientModel Client(int index, PoolModel pool, Func<DirectionModel, DirectionModel>? change = null)
    {
        var direction = Models.Direction(pool, Models.Upstream("a") with { MaxConnections = int.MaxValue }) with { Client = Clients[index].Name };
        direction = change is null ? direction : change(direction);
        return Models.Client(direction) with { Name = Clients[index].Name, Networks = [IPNetwork.Parse(Clients[index].Address + "/32")] };
    }

    private static PoolModel Pool(string name, Func<int, SenderModel> sender) => new()
    {
        Name = name,
        Senders = [.. Enumerable.Range(0, SendersPerClient).Select(sender)],
        DomainDailyLimit = null,
        Sticky = Stickiness.Recipient,
        Gap = TimeSpan.FromMinutes(5),
        Spread = true,
    };

    private static SenderModel Sender(string client, int i, int cap, double weight)
    {
        var zone = Clients.Single(known => known.Name == client).Zone;
        return Models.Sender($"s{i}@d{i / 4}.{client}.example", cap, weight, zone) with { Pool = client, Calendar = Calendars[zone] };
    }

    private static readonly FrozenDictionary<string, SendCalendar> Calendars = Clients.Select(client => client.Zone).Distinct().ToFrozenDictionary(
        zone => zone,
        zone => new SendCalendar(
            new SendWindow(DaysOfWeek.All & ~(DaysOfWeek.Saturday | DaysOfWeek.Sunday), new TimeOnly(8, 0), new TimeOnly(18, 0)),
            TimeZoneInfo.FindSystemTimeZoneById(zone)));
}
