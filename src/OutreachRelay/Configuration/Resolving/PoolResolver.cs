using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[pool]]</c> with the senders of its file and of <c>[[sender]]</c>.</summary>
internal sealed class PoolResolver(Resolution resolution, NameTable<UpstreamModel> upstreams)
{
    private const int DefaultDailyLimit = 50;

    private readonly ProblemList _problems = resolution.Problems;
    private readonly Dictionary<string, ImmutableArray<SenderConfig>?> _files = new(StringComparer.Ordinal);

    public NameTable<ResolvedPool> Resolve(FileConfig file)
    {
        if (file.Pools.IsEmpty && !_problems.HasErrorAt("pool"))
            _problems.Error(file.Place with { Path = "pool" }, "expected at least one [[pool]] of senders");
        var inline = file.Senders.ToLookup(sender => sender.Pool?.Value);
        var table = new NameTable<ResolvedPool>("pool", _problems);
        foreach (var pool in file.Pools)
            table.Add(pool.Name, Resolve(pool, inline[pool.Name?.Value ?? ""]));
        foreach (var sender in file.Senders)
            table.Find(sender.Pool);
        return table;
    }

    private ResolvedPool? Resolve(PoolConfig pool, IEnumerable<SenderConfig> inline)
    {
        var fromFile = pool.Senders is { } path ? ReadFile(path) : [];
        if (fromFile is null)
            return null;
        var senders = ImmutableArray.CreateBuilder<ResolvedSender>();
        var configured = 0;
        foreach (var sender in fromFile.Value.Concat(inline))
        {
            configured++;
            if (Resolve(sender, pool) is { } model)
                senders.Add(new ResolvedSender(model, sender.Address!.Place));
        }
        var broken = pool.Senders is not null && _problems.HasErrorIn(resolution.ShownPath(pool.Senders.Value));
        if (configured == 0 && !broken)
        {
            _problems.Error(pool.Senders?.Place ?? pool.Place,
                "the pool has no senders; expected senders = \"FILE.csv\" or [[sender]] tables with this pool");
        }
        return pool.Name is null ? null : new ResolvedPool(Build(pool, pool.Name.Value, senders), senders.DrainToImmutable());
    }

    private static PoolModel Build(PoolConfig pool, string name, IEnumerable<ResolvedSender> senders) => new()
    {
        Name = name,
        Senders = [.. senders.Select(sender => sender.Model)],
        DomainDailyLimit = pool.DomainDailyLimit?.Value,
        Sticky = pool.Sticky?.Value ?? Stickiness.Recipient,
    };

    private SenderModel? Resolve(SenderConfig sender, PoolConfig pool)
    {
        foreach (var upstream in sender.Upstreams)
            upstreams.Find(upstream);
        return sender.Address is not { Value: var address } || pool.Name is null ? null : new SenderModel
        {
            Address = address,
            Key = address.Key,
            Domain = address.AsciiDomain,
            DisplayName = sender.DisplayName?.Value ?? "",
            Pool = pool.Name.Value,
            DailyLimit = sender.DailyLimit?.Value ?? pool.DailyLimit?.Value ?? DefaultDailyLimit,
            Weight = sender.Weight?.Value ?? 1,
            TimeZone = sender.TimeZone?.Value ?? pool.TimeZone?.Value ?? TimeZoneInfo.Utc,
            Upstreams = [.. sender.Upstreams.Select(upstream => upstream.Value)],
        };
    }

    // Two pools may name one file; it is read, and its errors are told, once.
    private ImmutableArray<SenderConfig>? ReadFile(Setting<string> path)
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
        return _files[full] = SenderFile.Read(resolution.ShownPath(path.Value), content, _problems);
    }
}

/// <summary>A sender with the place of its address.</summary>
internal sealed record ResolvedSender(SenderModel Model, Place Place);

/// <summary>A pool, and where its senders stand.</summary>
internal sealed record ResolvedPool(PoolModel Model, ImmutableArray<ResolvedSender> Senders);
