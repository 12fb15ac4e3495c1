using System.Globalization;
using System.Net;
using System.Text;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>Answers out of a zone without a network, and remembers what was asked.</summary>
public sealed class ZoneResolver(Zone zone) : IDnsResolver
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(1);

    /// <summary>The names asked for, in order.</summary>
    public List<(string Name, DnsType Type)> Asked { get; } = [];

    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
    {
        Asked.Add((name, type));
        return ValueTask.FromResult(Answer(zone.Find(name, type), type));
    }

    private static DnsAnswer Answer(ZoneAnswer? answer, DnsType type)
    {
        if (answer is null)
            return DnsAnswer.TemporaryError("timeout");
        var records = answer.Records.Where(record => record.Type == type).Select(Read).ToList();
        return answer.Code switch
        {
            0 when records.Count > 0 => new DnsAnswer(DnsStatus.Records, records, TimeToLive),
            0 => DnsAnswer.NoData(TimeToLive),
            3 => DnsAnswer.NoSuchName(TimeToLive),
            _ => DnsAnswer.TemporaryError("server failure"),
        };
    }

    private static DnsRecord Read(ZoneRecord record) => record.Type switch
    {
        DnsType.A or DnsType.AAAA => new DnsRecord(record.Type) { Address = IPAddress.Parse(record.Values[0]) },
        DnsType.MX => new DnsRecord(record.Type)
        {
            Preference = int.Parse(record.Values[0], CultureInfo.InvariantCulture),
            Target = record.Values[1].TrimEnd('.'),
        },
        DnsType.TXT => new DnsRecord(record.Type) { Text = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(string.Concat(record.Values))) },
        _ => new DnsRecord(record.Type) { Target = record.Values[0].TrimEnd('.') },
    };
}
