using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Reading;

/// <summary>A limit that grows from day to day.</summary>
public sealed record WarmupConfig
{
    private static readonly Func<TomlValue, Parsed<RampModel>> Presets = Values.Choice(
        ("mailbox", new RampModel(5, 2)), ("new-domain", new RampModel(5, 1)), ("careful", new RampModel(3, 1)));

    public required Place Place { get; init; }
    public Setting<long>? Start { get; init; }
    public Setting<long>? Step { get; init; }

    /// <summary>The ramp, where both of its numbers could be read.</summary>
    internal RampModel? Ramp => Start is null || Step is null ? null : new RampModel(Start.Value, Step.Value);

    internal static WarmupConfig Read(SectionReader reader)
    {
        var config = new WarmupConfig
        {
            Place = reader.Place,
            Start = reader.Require("start", Values.Long(0, int.MaxValue)),
            Step = reader.Require("step", Values.Long(0, int.MaxValue)),
        };
        if (config.Ramp is { Start: 0, Step: 0 })
            reader.Problems.Error(config.Place, "a ramp that starts at 0 and does not grow never sends anything");
        return config;
    }

    /// <summary>Reads <c>pool.warmup</c>: a table, or the name of a ramp that has proved itself.</summary>
    internal static WarmupConfig? ReadPool(SectionReader pool)
    {
        if (!pool.HoldsText("warmup"))
            return pool.Table("warmup", KnownKeys.PoolWarmup) is { } table ? Read(table) : null;
        return pool.Read("warmup", Presets) is { Value: var ramp, Place: var place }
            ? new WarmupConfig { Place = place, Start = new(ramp.Start, place), Step = new(ramp.Step, place) }
            : null;
    }
}

/// <summary><c>pool.domain_warmup</c>: how the limit of a whole domain grows.</summary>
/// <param name="Ramp"><see langword="null"/>: it is switched off, or wrong.</param>
public sealed record DomainWarmupConfig(WarmupConfig? Ramp)
{
    private static readonly Func<TomlValue, Parsed<bool>> Off = Values.Choice(("off", false));

    internal static DomainWarmupConfig? Read(SectionReader pool)
    {
        if (pool.HoldsText("domain_warmup"))
            return pool.Read("domain_warmup", Off) is null ? null : new DomainWarmupConfig(Ramp: null);
        return pool.Table("domain_warmup", KnownKeys.PoolDomainWarmup) is { } table ? new DomainWarmupConfig(WarmupConfig.Read(table)) : null;
    }
}
