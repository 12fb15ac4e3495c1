using System.Collections.Immutable;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[[pool]]</c>: addresses that one rotation uses.</summary>
public sealed record PoolConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }

    /// <summary>The CSV file.</summary>
    public Setting<string>? Senders { get; init; }

    public Setting<int>? DailyLimit { get; init; }
    public Setting<long>? DomainDailyLimit { get; init; }
    public Setting<long>? DomainHourlyLimit { get; init; }
    public Setting<bool>? Spread { get; init; }
    public Setting<SendWindow>? Window { get; init; }
    public Setting<TimeZoneInfo>? TimeZone { get; init; }
    public Setting<TimeSpan>? Gap { get; init; }
    public Setting<Stickiness>? Sticky { get; init; }
    public Setting<TimeSpan>? StickyMissing { get; init; }
    public WarmupConfig? Warmup { get; init; }
    public Setting<double>? PauseBounceRate { get; init; }
    public Setting<int>? PauseMinSamples { get; init; }

    internal static PoolConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Values.Name),
        Senders = reader.Read("senders", Values.FilePath),
        DailyLimit = reader.Read("daily_limit", Values.Integer(0, int.MaxValue)),
        DomainDailyLimit = reader.Read("domain_daily_limit", Values.Long(0, long.MaxValue)),
        DomainHourlyLimit = reader.Read("domain_hourly_limit", Values.Long(0, long.MaxValue)),
        Spread = reader.Read("spread", Values.Choice(("window", true), ("off", false))),
        Window = reader.Read("window", Values.Of(SendWindow.Parse, "\"always\" or days and hours such as \"Mon-Fri 08:00-18:00\"")),
        TimeZone = reader.Read("time_zone", TimeZones.Zone),
        Gap = reader.Read("gap", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(1))),
        Sticky = ReadSticky(reader),
        StickyMissing = reader.Read("sticky_missing", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(60))),
        Warmup = reader.Table("warmup", KnownKeys.PoolWarmup) is { } warmup ? WarmupConfig.Read(warmup) : null,
        PauseBounceRate = reader.Read("pause_bounce_rate", Values.Number(0, 1)),
        PauseMinSamples = reader.Read("pause_min_samples", Values.Integer(1, 1_000_000)),
    };

    private static Setting<Stickiness>? ReadSticky(SectionReader reader)
    {
        var rules = Values.Choice(("recipient", Stickiness.Recipient), ("thread", Stickiness.Thread), ("off", Stickiness.Off));
        var sticky = reader.Read("sticky", rules);
        if (sticky?.Value == Stickiness.Thread)
            reader.Problems.NotInForce("pool.sticky", sticky.Place);
        return sticky;
    }
}

/// <summary>A limit that grows from day to day.</summary>
public sealed record WarmupConfig
{
    public required Place Place { get; init; }
    public Setting<long>? Start { get; init; }
    public Setting<long>? Step { get; init; }

    internal static WarmupConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Start = reader.Require("start", Values.Long(0, int.MaxValue)),
        Step = reader.Require("step", Values.Long(0, int.MaxValue)),
    };
}

/// <summary><c>[[domain]]</c>: what is known of a sender domain.</summary>
public sealed record DomainConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<string>? ReturnPath { get; init; }
    public Setting<string>? DkimSelector { get; init; }
    public Setting<SecretReference>? DkimKey { get; init; }

    /// <summary>By upstream, the selectors it signs with.</summary>
    public required ImmutableDictionary<string, ImmutableArray<Setting<string>>> Selectors { get; init; }

    internal static DomainConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Addresses.Domain),
        ReturnPath = reader.Read("return_path", Addresses.Domain),
        DkimSelector = reader.Read("dkim_selector", Values.Name),
        DkimKey = reader.Read("dkim_key", Secrets.Reference),
        Selectors = reader.ReadLists("selectors", Values.Name),
    };
}
