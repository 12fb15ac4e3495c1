using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>Replies octet by octet, well-formed and not.</summary>
public class DnsMessageTests
{
    private const int QuestionEnd = 12 + 13 + 4;

    private static readonly DnsQuery Query = Ask(DnsType.TXT);

    [Fact]
    public void Read_CompressedNames_AreFollowed()
    {
        var query = Ask(DnsType.MX);
        // An alias at the question's name to "www" + the question's name, whose MX is "mx" + the alias's target.
        var reply = Reply(query, 2, [
            0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 6, 3, .. "www"u8, 0xC0, 12,
            0xC0, QuestionEnd + 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 7, 0, 10, 2, .. "mx"u8, 0xC0, QuestionEnd + 12]);

        var answer = DnsMessage.Read(reply, query).Answer!;

        Assert.Equal(new DnsRecord(DnsType.MX) { Preference = 10, Target = "mx.www.example.com" }, Assert.Single(answer.Records));
        Assert.Equal(9, answer.TimeToLive.TotalSeconds);
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, QuestionEnd })] // to itself
    [InlineData(new byte[] { 0xC0, QuestionEnd + 2, 0xC0, QuestionEnd })] // forward
    [InlineData(new byte[] { 1, 65, 0xC0, QuestionEnd })] // round
    [InlineData(new byte[] { 0xFF, 0xFF })] // out
    [InlineData(new byte[] { 0xC0 })] // cut
    [InlineData(new byte[] { 63, 65 })] // label beyond the end
    [InlineData(new byte[] { 0x40, 65, 0 })] // a type of label that there is not
    public void Read_BadOwner_IsMalformed(byte[] owner)
    {
        var answer = DnsMessage.Read(Reply(Query, 1, owner), Query).Answer;

        Assert.Equal("malformed answer", answer!.Detail);
    }

    [Fact]
    public void Read_NameOfMoreThan255Octets_IsMalformed()
    {
        byte[] label = [50, .. new byte[50]];
        byte[] head = [0, 16, 0, 1, 0, 0, 0, 0, 0, 1, 0];

        // Four of them and "example.com" by pointer fit: 4 × 51 + 13 octets. Five do not.
        var fits = Reply(Query, 1, [.. label, .. label, .. label, .. label, 0xC0, 12, .. head]);
        var tooLong = Reply(Query, 1, [.. label, .. label, .. label, .. label, .. label, 0xC0, 12, .. head]);

        Assert.Equal(DnsStatus.NoData, DnsMessage.Read(fits, Query).Answer!.Status);
        Assert.Equal(DnsStatus.TemporaryError, DnsMessage.Read(tooLong, Query).Answer!.Status);
    }

    [Theory]
    [InlineData(DnsType.A, new byte[] { 1, 2, 3 })]
    [InlineData(DnsType.AAAA, new byte[] { 1, 2, 3, 4 })]
    [InlineData(DnsType.MX, new byte[] { 0, 1 })]
    [InlineData(DnsType.MX, new byte[] { 0, 1, 0, 7 })]
    [InlineData(DnsType.PTR, new byte[] { 1, 65 })]
    [InlineData(DnsType.TXT, new byte[] { 3, 65, 65 })]
    public void Read_BadData_IsMalformed(DnsType type, byte[] data)
    {
        var query = Ask(type);
        var reply = Reply(query, 1, [0xC0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 1, 0, (byte)data.Length, .. data]);

        Assert.Equal("malformed answer", DnsMessage.Read(reply, query).Answer!.Detail);
    }

    [Fact]
    public void Read_OddOctetsInATarget_AreEscaped()
    {
        var query = Ask(DnsType.PTR);
        var reply = Reply(query, 1, [0xC0, 12, 0, 12, 0, 1, 0, 0, 0, 1, 0, 7, 5, .. "a.\n\\b"u8, 0]);

        Assert.Equal(@"a\046\010\092b", DnsMessage.Read(reply, query).Answer!.Records[0].Target);
    }

    [Fact]
    public void Read_AnotherNamesRecords_AreNoAnswer()
    {
        var reply = Reply(Query, 1, [.. ZoneMessage.Name("other.example"), 0, 16, 0, 1, 0, 0, 0, 1, 0, 2, 1, 65]);

        Assert.Equal(DnsStatus.NoData, DnsMessage.Read(reply, Query).Answer!.Status);
    }

    [Fact]
    public void Read_AnyOctetsBehindTheHeader_EndsWithAValue()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets => EndsWell([.. Reply(Query, 3, []), .. octets])).QuickCheckThrowOnFailure();
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), EndsWell).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Read_ChangedReplies_EndWithAValue()
    {
        var random = new Random(20260302);
        var honest = ZoneMessage.Write(
            ServedQuery.Read(Query.Octets.ToArray()),
            new ZoneAnswer(0, [new("example.com", DnsType.CNAME, "a.example"), new("a.example", DnsType.TXT, "one", "two"), new("x.example", DnsType.MX, "1", "y")]),
            negative: (1, 2));
        for (var round = 0; round < 50_000; round++)
        {
            var reply = (byte[])honest.Clone();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
                reply[random.Next(reply.Length)] = random.Next(3) == 0 ? (byte)0xC0 : (byte)random.Next(256);
            Assert.True(EndsWell(reply[..random.Next(random.Next(reply.Length), reply.Length + 1)]));
        }
    }

    [Fact]
    public void Read_ReplyMadeToBeSlow_IsBounded()
    {
        // As many records as fit, each an alias of itself.
        byte[] record = [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 2, 0xC0, 12];
        var reply = Reply(Query, 4600, [.. Enumerable.Repeat(record, 4600).SelectMany(each => each)]);

        Assert.Equal("too many aliases", DnsMessage.Read(reply, Query).Answer!.Detail);
    }

    [Theory]
    [InlineData(126, DnsStatus.NoData)]
    [InlineData(127, DnsStatus.TemporaryError)]
    public void Read_PointersToPointers_AreFollowedOnlySoFar(int pointers, DnsStatus status)
    {
        // A record whose data is a chain of pointers, each to the one before, and one whose owner is the last of them.
        var data = QuestionEnd + 12;
        byte[] chain = [0xC0, 12, .. Enumerable.Range(0, pointers - 1).SelectMany(i => Pointer(data + (2 * i)))];
        byte[] head = [0, 16, 0, 1, 0, 0, 0, 1, 0];
        var reply = Reply(Query, 2, [0xC0, 20, .. head, (byte)chain.Length, .. chain, .. Pointer(data + chain.Length - 2), 0, 1, .. head[2..], 0]);

        Assert.Equal(status, DnsMessage.Read(reply, Query).Answer!.Status);
    }

    private static byte[] Pointer(int to) => [(byte)(0xC0 | (to >> 8)), (byte)to];

    private static bool EndsWell(byte[] reply)
    {
        _ = Query.Match(reply);
        var reading = DnsMessage.Read(reply, Query);
        return reading.Answer is not null || reading.Truncated || reading.RefusesEdns;
    }

    private static DnsQuery Ask(DnsType type) => DnsQuery.Create("example.com", type, edns: true, new byte[257])!;

    private static byte[] Reply(DnsQuery query, int answers, byte[] records)
    {
        byte[] reply = [.. query.Octets.Span[..QuestionEnd], .. records];
        (reply[2], reply[3], reply[6], reply[7], reply[11]) = (0x81, 0x80, (byte)(answers >> 8), (byte)answers, 0);
        return reply;
    }
}
