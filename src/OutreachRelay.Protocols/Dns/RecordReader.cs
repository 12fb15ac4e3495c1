using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace OutreachRelay.Protocols.Dns;

/// <summary>What stands before a record's data, and where the data lies in the message.</summary>
internal readonly record struct RecordHead(DnsType Type, bool IsInternet, uint TimeToLive, int Data, int Length)
{
    public int End => Data + Length;
}

/// <summary>Reads resource records one after the other (RFC 1035 §4.1.3).</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the next record begins.</summary>
    public int Offset;

    /// <summary>Reads a record's owner and head, and steps over its data.</summary>
    /// <returns>Whether it is well-formed and within the message.</returns>
    public bool TryNext(scoped Span<byte> owner, out int ownerLength, out RecordHead record)
    {
        record = default;
        ownerLength = DnsName.Read(_message, ref Offset, owner);
        if (ownerLength == 0 || _message.Length - Offset < 10)
            return false;
        var head = _message.Slice(Offset, 10);
        record = new RecordHead(
            (DnsType)BinaryPrimitives.ReadUInt16BigEndian(head),
            BinaryPrimitives.ReadUInt16BigEndian(head[2..]) == 1,
            ReadSeconds(head[4..]),
            Offset + 10,
            BinaryPrimitives.ReadUInt16BigEndian(head[8..]));
        Offset = record.End;
        return record.End <= _message.Length;
    }

    /// <returns>The record's data as a value; <see langword="null"/> when it is malformed.</returns>
    public readonly DnsRecord? ReadData(RecordHead record)
    {
        var data = _message.Slice(record.Data, record.Length);
        return record.Type switch
        {
            DnsType.A when data.Length == 4 => new DnsRecord(record.Type) { Address = new IPAddress(data) },
            DnsType.AAAA when data.Length == 16 => new DnsRecord(record.Type) { Address = new IPAddress(data) },
            DnsType.TXT => ReadText(data),
            DnsType.MX when data.Length > 2 => ReadTarget(record, 2),
            DnsType.CNAME or DnsType.PTR or DnsType.NS => ReadTarget(record, 0),
            _ => null,
        };
    }

    /// <summary>Reads the name that fills a record's data from <paramref name="skip"/> on.</summary>
    public readonly bool TryReadName(RecordHead record, int skip, scoped Span<byte> name, out int length)
    {
        var at = record.Data + skip;
        length = DnsName.Read(_message, ref at, name);
        return length > 0 && at == record.End;
    }

    /// <summary>Reads the MINIMUM of a SOA record: two names and four numbers stand before it.</summary>
    public readonly bool TryReadMinimum(RecordHead record, out uint seconds)
    {
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        seconds = 0;
        var at = record.Data;
        if (DnsName.Read(_message, ref at, name) == 0 || DnsName.Read(_message, ref at, name) == 0 || at + 20 != record.End)
            return false;
        seconds = ReadSeconds(_message[(at + 16)..]);
        return true;
    }

    private readonly DnsRecord? ReadTarget(RecordHead record, int skip)
    {
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        if (!TryReadName(record, skip, name, out var length))
            return null;
        var preference = skip == 0 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_message[record.Data..]);
        return new DnsRecord(record.Type) { Target = DnsName.ToText(name[..length]), Preference = preference };
    }

    private static DnsRecord? ReadText(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder(data.Length);
        while (!data.IsEmpty)
        {
            var length = data[0];
            if (data.Length <= length)
                return null;
            text.Append(Encoding.Latin1.GetString(data.Slice(1, length)));
            data = data[(length + 1)..];
        }
        return new DnsRecord(DnsType.TXT) { Text = text.ToString() };
    }

    // RFC 2181 §8: a time with the highest bit set counts as zero.
    private static uint ReadSeconds(ReadOnlySpan<byte> octets)
    {
        var seconds = BinaryPrimitives.ReadUInt32BigEndian(octets);
        return seconds > int.MaxValue ? 0 : seconds;
    }
}
