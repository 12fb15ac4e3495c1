using System.Collections.Immutable;
using OutreachRelay.Protocols.Toml;

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
    public Setting<TimeSpan>? WarmupIdle { get; init; }
    public DomainWarmupConfig? DomainWarmup { get; init; }
    public Setting<double>? PauseBounceRate { get; init; }
    public Setting<int>? PauseMinSamples { get; init; }
    public Setting<TimeSpan>? PauseDwell { get; init; }
    public Setting<int>? PauseComplaints { get; init; }

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
        Sticky = reader.Read("sticky", Stickinesses),
        StickyMissing = reader.Read("sticky_missing", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(60))),
        Warmup = WarmupConfig.ReadPool(reader),
        WarmupIdle = reader.Read("warmup_idle", Quantities.Days(1, 3650)),
        DomainWarmup = DomainWarmupConfig.Read(reader),
        PauseBounceRate = reader.Read("pause_bounce_rate", Values.Number(0, 1)),
        PauseMinSamples = reader.Read("pause_min_samples", Values.Integer(1, 1_000_000)),
        PauseDwell = reader.Read("pause_dwell", Quantities.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(60))),
        PauseComplaints = reader.Read("pause_complaints", Values.Integer(1, 1_000_000)),
    };

    private static readonly Func<TomlValue, Parsed<Stickiness>> Stickinesses =
        Values.Choice(("recipient", Stickiness.Recipient), ("thread", Stickiness.Thread), ("off", Stickiness.Off));
}

/// <summary><c>[[domain]]</c>: what is known of a sender domain.</summary>
public sealed record DomainConfig
{
    public required Place Place { get; init; }
    public Setting<string>? Name { get; init; }
    public Setting<string>? ReturnPath { get; init; }
    public Setting<string>? DkimSelector { get; init; }
    public Setting<SecretReference>? DkimKey { get; init; }

    /// <summary>Further keys, such as one of another algorithm.</summary>
    public required ImmutableArray<DkimConfig> Dkim { get; init; }

    /// <summary>By upstream, the selectors it signs with.</summary>
    public required ImmutableDictionary<string, ImmutableArray<Setting<string>>> Selectors { get; init; }

    internal static DomainConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Name = reader.Require("name", Addresses.Domain),
        ReturnPath = reader.Read("return_path", Addresses.Domain),
        DkimSelector = reader.Read("dkim_selector", Values.Name),
        DkimKey = reader.Read("dkim_key", Secrets.Reference),
        Dkim = [.. reader.Tables("dkim", KnownKeys.DomainDkim).Select(DkimConfig.Read)],
        Selectors = reader.ReadLists("selectors", Values.Name),
    };
}

/// <summary><c>[[domain.dkim]]</c>: a key of ours, and the selector under which it is published.</summary>
public sealed record DkimConfig(Setting<string>? Selector, Setting<SecretReference>? Key)
{
    internal static DkimConfig Read(SectionReader reader) => new(reader.Require("selector", Values.Name), reader.Require("key", Secrets.Reference));
}
