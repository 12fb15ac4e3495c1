using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[pool]]</c> with the senders of its file and of <c>[[sender]]</c>.</summary>
internal sealed class PoolResolver(Resolution resolution, NameTable<UpstreamModel> upstreams, RegisteredDomains registered)
{
    private static readonly RampModel DefaultDomainWarmup = new(20, 10);

    private readonly ProblemList _problems = resolution.Problems;
    private readonly SenderWarnings _warnings = new(resolution.Problems, resolution.Time);
    private readonly Dictionary<string, ImmutableArray<SenderConfig>?> _files = new(StringComparer.Ordinal);

    public NameTable<ResolvedPool> Resolve(FileConfig file)
    {
        if (file.Pools.IsEmpty && !_problems.HasErrorAt("pool"))
            _problems.Error(file.Place with { Path = "pool" }, "expected at least one [[pool]] of senders");
        var inline = file.Senders.ToLookup(sender => sender.Pool?.Value);
        var pools = file.Pools.Select(pool => (Pool: pool, Senders: Read(pool, inline[pool.Name?.Value ?? ""]))).ToList();
        // The ramp of a domain begins with the first of its senders, in whichever pool.
        var senders = new SenderResolver(upstreams, registered, pools.SelectMany(pool => pool.Senders ?? []));
        var table = new NameTable<ResolvedPool>("pool", _problems);
        foreach (var (pool, configs) in pools)
            table.Add(pool.Name, configs is null ? null : Resolve(pool, configs.Value, senders));
        foreach (var sender in file.Senders)
            table.Find(sender.Pool);
        return table;
    }

    private ImmutableArray<SenderConfig>? Read(PoolConfig pool, IEnumerable<SenderConfig> inline)
    {
        foreach (var sender in inline)
            Check(sender, pool);
        var fromFile = pool.Senders is { } path ? ReadFile(path, pool) : [];
        if (fromFile is null)
            return null;
        ImmutableArray<SenderConfig> senders = [.. fromFile, .. inline];
        var broken = pool.Senders is not null && _problems.HasErrorIn(resolution.ShownPath(pool.Senders.Value));
        if (senders.IsEmpty && !broken)
        {
            _problems.Error(pool.Senders?.Place ?? pool.Place,
                "the pool has no senders; expected senders = \"FILE.csv\" or [[sender]] tables with this pool");
        }
        return senders;
    }

    private ResolvedPool? Resolve(PoolConfig pool, ImmutableArray<SenderConfig> configs, SenderResolver resolver)
    {
        var model = pool.Name is null ? null : Build(pool, pool.Name.Value);
        var senders = ImmutableArray.CreateBuilder<ResolvedSender>();
        foreach (var config in configs)
        {
            if (resolver.Resolve(config, pool, model) is { } sender)
                senders.Add(new ResolvedSender(sender, config.Address!.Place));
        }
        WarnOfLimits(pool, senders);
        return model is null ? null : new ResolvedPool(
            model with { Senders = [.. senders.Select(sender => sender.Model)] }, senders.DrainToImmutable());
    }

    private void WarnOfLimits(PoolConfig pool, IEnumerable<ResolvedSender> senders)
    {
        if (pool.DailyLimit is { Value: 0, Place: var limit })
            _problems.Warning(limit, "senders without a daily_limit of their own send nothing");
        if (pool.Gap is not { } gap)
            return;
        var largest = senders.Max(sender => (int?)sender.Model.DailyLimit) ?? 0;
        var window = (pool.Window?.Value ?? SendWindow.Always).Length;
        var fitting = window / gap.Value;
        if (fitting < largest)
        {
            _problems.Warning(gap.Place, string.Create(CultureInfo.InvariantCulture,
                $"leaves room for about {Math.Max(1, Math.Floor(fitting))} a day in a window of {window.TotalHours:0.##} hours; a daily_limit of {largest} is not reached"));
        }
    }

    private static PoolModel Build(PoolConfig pool, string name) => new()
    {
        Name = name,
        Senders = [],
        DomainDailyLimit = pool.DomainDailyLimit?.Value,
        DomainHourlyLimit = pool.DomainHourlyLimit?.Value,
        Sticky = pool.Sticky?.Value ?? Stickiness.Recipient,
        StickyMissing = pool.StickyMissing?.Value ?? TimeSpan.FromHours(24),
        Gap = pool.Gap?.Value ?? TimeSpan.Zero,
        Spread = pool.Spread?.Value ?? false,
        DomainWarmup = pool.DomainWarmup is { } ramp ? ramp.Ramp?.Ramp : pool.Warmup is null ? null : DefaultDomainWarmup,
        Health = BuildHealth(pool),
    };

    private static HealthModel BuildHealth(PoolConfig pool)
    {
        var usual = new HealthModel();
        return new HealthModel
        {
            PauseBounceRate = pool.PauseBounceRate?.Value ?? usual.PauseBounceRate,
            PauseMinSamples = pool.PauseMinSamples?.Value ?? usual.PauseMinSamples,
            PauseDwell = pool.PauseDwell?.Value ?? usual.PauseDwell,
            PauseComplaints = pool.PauseComplaints?.Value ?? usual.PauseComplaints,
        };
    }

    // Two pools may name one file; it is read, and its errors are told, once.
    private ImmutableArray<SenderConfig>? ReadFile(Setting<string> path, PoolConfig pool)
    {
        var full = resolution.FullPath(path.Value);
        if (_files.TryGetValue(full, out var known))
            return known;
        if (!BoundedFile.TryRead(full, SenderFile.MaxLength, out var content, out var error))
        {
            _problems.Error(path.Place, $"the file {Shown.Text(path.Value)} {error}");
            return _files[full] = null;
        }
        resolution.Digest.AddFile(content);
        var senders = SenderFile.Read(resolution.ShownPath(path.Value), content, _problems);
        foreach (var sender in senders)
            Check(sender, pool);
        return _files[full] = senders;
    }

    private void Check(SenderConfig sender, PoolConfig pool) =>
        _warnings.Check(sender, pool.TimeZone?.Value ?? TimeZoneInfo.Utc, warmsUp: pool.Warmup is not null);
}

/// <summary>A sender with the place of its address.</summary>
internal sealed record ResolvedSender(SenderModel Model, Place Place);

/// <summary>A pool, and where its senders stand.</summary>
internal sealed record ResolvedPool(PoolModel Model, ImmutableArray<ResolvedSender> Senders);
