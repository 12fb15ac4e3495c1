using System.Buffers.Binary;

namespace OutreachRelay.Protocols.Dns;

/// <summary>Goes through a reply: along the chain of aliases to the records asked for, or to what says that there are none.</summary>
internal ref struct AnswerWalk(ReadOnlySpan<byte> message, DnsQuery query)
{
    /// <summary>Longer chains of aliases are an error, as in common resolvers.</summary>
    public const int MaxAliases = 8;

    private readonly List<DnsRecord> _records = [];
    private readonly int _answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
    private readonly int _authorities = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
    private readonly int _start = DnsQuery.HeaderLength + query.Name.Length + 4;
    private RecordReader _reader = new(message);
    private uint _timeToLive = uint.MaxValue;

    public DnsReading Read(bool nameError)
    {
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        Span<byte> alias = stackalloc byte[DnsName.MaxLength];
        query.Name.CopyTo(name);
        var length = query.Name.Length;
        for (var aliases = 0; aliases <= MaxAliases; aliases++)
        {
            if (!TryCollect(name[..length], alias, out var aliasLength))
                return DnsMessage.Malformed;
            if (_records.Count > 0)
                return new DnsReading(new DnsAnswer(DnsStatus.Records, _records, TimeSpan.FromSeconds(_timeToLive)));
            if (aliasLength == 0)
                return ReadNegative(nameError, aliases == 0 ? default : name[..length]);
            alias.CopyTo(name);
            length = aliasLength;
        }
        return new DnsReading(DnsAnswer.TemporaryError("too many aliases"));
    }

    // One pass over the answer section: the records wanted at this name, or else where its alias points.
    private bool TryCollect(scoped ReadOnlySpan<byte> name, scoped Span<byte> alias, out int aliasLength)
    {
        aliasLength = 0;
        Span<byte> owner = stackalloc byte[DnsName.MaxLength];
        _reader.Offset = _start;
        for (var i = 0; i < _answers; i++)
        {
            if (!_reader.TryNext(owner, out var ownerLength, out var record))
                return false;
            if (!record.IsInternet || !DnsName.AreEqual(owner[..ownerLength], name))
                continue;
            if (record.Type == query.Type)
            {
                if (_reader.ReadData(record) is not { } read)
                    return false;
                _records.Add(read);
            }
            else if (record.Type == DnsType.CNAME)
            {
                if (!_reader.TryReadName(record, 0, alias, out aliasLength))
                    return false;
            }
            else
                continue;
            _timeToLive = Math.Min(_timeToLive, record.TimeToLive);
        }
        return true;
    }

    // RFC 2308 §5: the lesser of the SOA's own time and its MINIMUM. Without a SOA the answer is not to be kept.
    private DnsReading ReadNegative(bool nameError, scoped ReadOnlySpan<byte> alias)
    {
        Span<byte> owner = stackalloc byte[DnsName.MaxLength];
        uint? seconds = null;
        for (var i = 0; i < _authorities; i++)
        {
            if (!_reader.TryNext(owner, out _, out var record))
                return DnsMessage.Malformed;
            if (record is not { Type: DnsType.SOA, IsInternet: true })
                continue;
            if (!_reader.TryReadMinimum(record, out var minimum))
                return DnsMessage.Malformed;
            seconds = Math.Min(Math.Min(minimum, record.TimeToLive), _timeToLive);
        }
        if (nameError)
            return new DnsReading(DnsAnswer.NoSuchName(TimeSpan.FromSeconds(seconds ?? 0)));
        // RFC 2308 §2.2: without a SOA nobody says that there is nothing; a server that does not chase aliases answers like this.
        return seconds is null && !alias.IsEmpty
            ? new DnsReading(DnsAnswer.NoData(TimeSpan.FromSeconds(_timeToLive)), Alias: DnsName.ToText(alias))
            : new DnsReading(DnsAnswer.NoData(TimeSpan.FromSeconds(seconds ?? 0)));
    }
}
