using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>A question as the server read it.</summary>
public sealed record ServedQuery(byte[] Octets, string Name, DnsType Type, int QuestionEnd, bool HasEdns)
{
    public static ServedQuery Read(byte[] octets)
    {
        var labels = new List<string>();
        var at = 12;
        for (; octets[at] != 0; at += octets[at] + 1)
            labels.Add(Encoding.ASCII.GetString(octets, at + 1, octets[at]));
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(at + 1));
        return new ServedQuery(octets, string.Join('.', labels), type, at + 5, octets[11] == 1);
    }
}

/// <summary>Writes replies, without compression.</summary>
public static class ZoneMessage
{
    /// <param name="negative">Seconds of the SOA and of its MINIMUM in a negative answer; <see langword="null"/> for no SOA.</param>
    public static byte[] Write(ServedQuery query, ZoneAnswer answer, uint timeToLive = 60, (uint Ttl, uint Minimum)? negative = null)
    {
        var message = new MemoryStream();
        message.Write(query.Octets.AsSpan(0, 2));
        var authorities = answer.Records.Exists(record => record.Type == query.Type) || negative is null ? 0 : 1;
        foreach (var number in new[] { 0x8180 | answer.Code, 1, answer.Records.Count, authorities, 0 })
            Write16(message, number);
        message.Write(query.Octets.AsSpan(12, query.QuestionEnd - 12));
        foreach (var record in answer.Records)
            WriteRecord(message, record.Owner, (int)record.Type, timeToLive, Data(record));
        if (authorities > 0)
            WriteRecord(message, "", (int)DnsType.SOA, negative!.Value.Ttl, Soa(negative.Value.Minimum));
        return message.ToArray();
    }

    /// <summary>The same reply without its records and with the TC bit.</summary>
    public static byte[] Truncate(ServedQuery query, byte[] reply)
    {
        var cut = reply[..query.QuestionEnd];
        cut[2] |= 0x02;
        cut.AsSpan(6, 6).Clear();
        return cut;
    }

    public static byte[] Name(string name)
    {
        var octets = new MemoryStream();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            octets.WriteByte((byte)label.Length);
            octets.Write(Encoding.Latin1.GetBytes(label));
        }
        octets.WriteByte(0);
        return octets.ToArray();
    }

    private static byte[] Data(ZoneRecord record) => record.Type switch
    {
        DnsType.A or DnsType.AAAA => IPAddress.Parse(record.Values[0]).GetAddressBytes(),
        DnsType.MX => [0, byte.Parse(record.Values[0], CultureInfo.InvariantCulture), .. Name(record.Values[1])],
        DnsType.TXT => [.. record.Values.SelectMany(Strings).DefaultIfEmpty((byte)0)],
        _ => Name(record.Values[0]),
    };

    private static byte[] Soa(uint minimum)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(16), minimum);
        return [.. Name("ns.example"), .. Name("hostmaster.example"), .. numbers];
    }

    private static IEnumerable<byte> Strings(string text) =>
        Encoding.UTF8.GetBytes(text).Chunk(255).SelectMany(chunk => chunk.Prepend((byte)chunk.Length));

    private static void WriteRecord(MemoryStream message, string owner, int type, uint timeToLive, byte[] data)
    {
        message.Write(Name(owner));
        Write16(message, type);
        Write16(message, 1);
        Write16(message, (int)(timeToLive >> 16));
        Write16(message, (int)(timeToLive & 0xFFFF));
        Write16(message, data.Length);
        message.Write(data);
    }

    private static void Write16(MemoryStream message, int number)
    {
        message.WriteByte((byte)(number >> 8));
        message.WriteByte((byte)number);
    }
}
