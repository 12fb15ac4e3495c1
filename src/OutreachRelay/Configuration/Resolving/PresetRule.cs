using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Puts an <c>[[upstream]]</c> and its preset together: what the table says wins.</summary>
internal sealed class PresetRule(PresetFiles files, ProblemList problems)
{
    /// <summary>Fills in what the table leaves open.</summary>
    public (UpstreamConfig Upstream, PresetModel? Model) Apply(UpstreamConfig upstream)
    {
        if (upstream.Preset is null)
        {
            foreach (var place in new[] { upstream.Region?.Place, upstream.IpPool?.Place }.OfType<Place>())
                problems.Error(place, "has no meaning without a preset, which would say what becomes of it");
            return (upstream, null);
        }
        if (files.Find(upstream.Preset) is not ({ } preset, { } digest))
            return (upstream, null);
        return (Merge(upstream, preset), Model(upstream.Preset.Value, preset, digest));
    }

    /// <summary>The fields that the upstream gets: of several of one name, the first whose values are all there.</summary>
    public ImmutableArray<AddedField> Fields(UpstreamConfig upstream)
    {
        if (upstream.Preset is null || files.Find(upstream.Preset) is not ({ } preset, _))
            return [];
        var pool = upstream.IpPool;
        if (pool is not null && !preset.Fields.Any(field => UsesPool(field.Value!.Value)))
            problems.Error(pool.Place, $"the preset '{upstream.Preset.Value}' knows no way to pass it on");
        var fields = ImmutableArray.CreateBuilder<AddedField>();
        foreach (var (name, value) in preset.Fields.Select(field => (field.Name!.Value, field.Value!.Value)))
        {
            if ((pool is not null || !UsesPool(value)) && !fields.Any(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase)))
                fields.Add(new AddedField(name, value.Replace(PresetConfig.IpPoolMark, pool?.Value, StringComparison.Ordinal)));
        }
        return fields.DrainToImmutable();
    }

    private UpstreamConfig Merge(UpstreamConfig upstream, PresetConfig preset) => upstream with
    {
        Host = Host(upstream, preset),
        // A port goes with its kind of TLS.
        Port = upstream.Port ?? (upstream.Tls is null || upstream.Tls.Value == preset.Tls?.Value ? preset.Port : null),
        Tls = upstream.Tls ?? preset.Tls,
        Username = upstream.Username ?? (upstream.Password is { } password ? Username(preset, password) : null),
        Rate = upstream.Rate ?? preset.Rate,
        MaxMessageSize = upstream.MaxMessageSize ?? preset.MaxMessageSize,
        MaxMessagesPerConnection = upstream.MaxMessagesPerConnection ?? preset.MaxMessagesPerConnection,
    };

    private Setting<string>? Host(UpstreamConfig upstream, PresetConfig preset)
    {
        if (upstream.Region is not { } region)
            return upstream.Host ?? preset.Host;
        if (upstream.Host is not null)
            problems.Error(region.Place, "has no meaning beside host");
        else if (preset.RegionHost is not { } pattern)
            problems.Error(region.Place, $"the preset '{upstream.Preset!.Value}' has no regions");
        else if (preset.Regions is { } known && !known.Value.Any(one => one.Value == region.Value))
            problems.Error(region.Place, $"expected one of {string.Join(", ", known.Value.Select(one => $"\"{one.Value}\""))}, found '{region.Value}'");
        else
            return new(pattern.Value.Replace(PresetConfig.RegionMark, region.Value, StringComparison.Ordinal), pattern.Place);
        return upstream.Host ?? preset.Host;
    }

    private static Setting<TextOrSecret>? Username(PresetConfig preset, Setting<SecretReference> password) =>
        preset.Username is { Value.Text: PresetConfig.PasswordMark } ? new(new TextOrSecret(null, password.Value), password.Place) : preset.Username;

    private static PresetModel Model(string name, PresetConfig preset, string digest) => new(name, digest)
    {
        ReturnPath = preset.ReturnPath!.Value,
        SpfInclude = preset.SpfInclude?.Value,
        SmtpUtf8 = preset.SmtpUtf8?.Value,
        ReplacedFields = [.. preset.ReplacedFields?.Value.Select(field => field.Value) ?? []],
        Replies = preset.Replies?.Value,
        IdAfter = preset.IdAfter?.Value,
        Webhook = preset.Webhook?.Value,
    };

    private static bool UsesPool(string value) => value.Contains(PresetConfig.IpPoolMark, StringComparison.Ordinal);
}
