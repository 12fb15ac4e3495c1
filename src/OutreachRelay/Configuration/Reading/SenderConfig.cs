using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Configuration.Reading;

/// <summary>An address we may send from: a row of a CSV file, or <c>[[sender]]</c>.</summary>
public sealed record SenderConfig
{
    public const int MostPerDay = int.MaxValue;
    public const double MostWeight = 1e9;

    public required Place Place { get; init; }

    /// <summary>Only in <c>[[sender]]</c>; the rows of a file belong to the pools that name the file.</summary>
    public Setting<string>? Pool { get; init; }

    public Setting<Mailbox>? Address { get; init; }
    public Setting<string>? DisplayName { get; init; }
    public Setting<int>? DailyLimit { get; init; }
    public Setting<double>? Weight { get; init; }
    public Setting<DateOnly>? WarmupStart { get; init; }
    public Setting<TimeZoneInfo>? TimeZone { get; init; }
    public ImmutableArray<Setting<string>> Upstreams { get; init; } = [];

    internal static SenderConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Pool = reader.Require("pool", Values.Name),
        Address = reader.Require("address", Addresses.Mailbox),
        DisplayName = reader.Read("display_name", Values.Of(Values.ParseDisplayName, "a name in quotes")),
        DailyLimit = reader.Read("daily_limit", Values.Integer(0, MostPerDay)),
        Weight = reader.Read("weight", Values.Number(0, MostWeight)),
        WarmupStart = reader.Read("warmup_start", Values.Date),
        TimeZone = reader.Read("time_zone", TimeZones.Zone),
        Upstreams = reader.ReadList("upstreams", Values.Name)?.Value ?? [],
    };
}
