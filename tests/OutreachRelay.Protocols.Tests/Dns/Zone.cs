using System.Globalization;
using System.Text.Json;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>A record of a zone. The strings of TXT; preference and host of MX; else the one value.</summary>
public sealed record ZoneRecord(string Owner, DnsType Type, params string[] Values);

/// <summary>What a zone says to a question: a response code and the records, aliases first.</summary>
public sealed record ZoneAnswer(int Code, List<ZoneRecord> Records);

/// <summary>Names and their records, as the vectors give them.</summary>
public sealed class Zone
{
    private const int ServerFailure = 2, NameError = 3;

    /// <summary>A type that is no record: from here on, silence.</summary>
    private const DnsType Silence = (DnsType)ushort.MaxValue;

    private readonly Dictionary<string, List<ZoneRecord>> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is said to names that are not in the zone: that they do not exist, or nothing at all.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The form of the SPF vectors: <c>{name: [[TYPE, value], …]}</c>.</summary>
    public static Zone FromPairs(JsonElement json)
    {
        var zone = new Zone();
        foreach (var name in json.EnumerateObject())
        {
            zone.Add(name.Name);
            foreach (var pair in name.Value.EnumerateArray())
            {
                var type = pair[0].GetString()!;
                if (type == "TIMEOUT")
                    zone.Add(name.Name, Silence);
                else
                    zone.Add(name.Name, Enum.Parse<DnsType>(type), Strings(pair[1]));
            }
        }
        return zone;
    }

    /// <summary>The form of the DMARC vectors: <c>{name: {TYPE: [[string, …], …]}}</c>.</summary>
    public static Zone FromTypes(JsonElement json)
    {
        var zone = new Zone();
        foreach (var (name, types) in json.EnumerateObject().Select(each => (each.Name, each.Value)))
        {
            foreach (var type in types.EnumerateObject())
            {
                if (type.Value.ValueKind == JsonValueKind.Array)
                    zone.AddAll(name, Enum.Parse<DnsType>(type.Name), type.Value);
                else if (type.Value.GetString() == "ERROR:ETIMEOUT" && name == "*")
                    zone.IsSilent = true;
                else if (type.Value.GetString() == "ERROR:ETIMEOUT")
                    zone.Add(name, Silence);
            }
        }
        return zone;
    }

    public Zone Add(string name, DnsType type, params string[] values)
    {
        var owner = name.TrimEnd('.');
        Add(owner).Add(new ZoneRecord(owner, type, values));
        return this;
    }

    /// <returns>The answer; <see langword="null"/> for silence.</returns>
    public ZoneAnswer? Find(string name, DnsType type)
    {
        var records = new List<ZoneRecord>();
        name = name.TrimEnd('.');
        for (var aliases = 0; aliases < 8; aliases++)
        {
            if (!_names.TryGetValue(name, out var here))
            {
                if (IsSilent || (records.Count == 0 && name.StartsWith("error.", StringComparison.OrdinalIgnoreCase)))
                    return null;
                var isAbove = _names.Keys.Any(other => other.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
                return new ZoneAnswer(isAbove ? 0 : NameError, records);
            }
            var found = here.FindAll(record => record.Type == type);
            if (found.Count == 0 && here.Exists(record => record.Type == Silence))
                return null;
            records.AddRange(found);
            if (found.Count > 0 || here.Find(record => record.Type == DnsType.CNAME) is not { } alias)
                return new ZoneAnswer(0, records);
            records.Add(alias);
            name = alias.Values[0].TrimEnd('.');
        }
        return new ZoneAnswer(ServerFailure, []);
    }

    private List<ZoneRecord> Add(string name)
    {
        if (!_names.TryGetValue(name.TrimEnd('.'), out var records))
            _names.Add(name.TrimEnd('.'), records = []);
        return records;
    }

    private void AddAll(string name, DnsType type, JsonElement values)
    {
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind == JsonValueKind.Object)
                Add(name, type, value.GetProperty("priority").GetInt32().ToString(CultureInfo.InvariantCulture), value.GetProperty("exchange").GetString()!);
            else
                Add(name, type, Strings(value));
        }
    }

    private static string[] Strings(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(each => each.ToString())] : [value.GetString()!];
}
