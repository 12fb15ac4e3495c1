using System.Buffers;
using System.Text;
using OutreachRelay.Protocols.Proxy;

namespace OutreachRelay.Protocols.Tests.Proxy;

public sealed class ProxyHeaderReaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string IPv4 = "\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\0\x19";
    private const string IPv6Addresses = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xdc\x04\0\x19";

    public static TheoryData<string, string, string> Valid() => new()
    {
        { "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "192.0.2.1:56324", "198.51.100.1:25" },
        { "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255:65535", "0.0.0.0:0" },
        { "PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n", "[2001:db8::1]:56324", "[2001:db8::2]:25" },
        { "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        { Signature + IPv4, "192.0.2.1:56324", "198.51.100.1:25" },
        { Signature + "\x21\x21\0\x24" + IPv6Addresses, "[2001:db8::1]:56324", "[2001:db8::2]:25" },
        { Signature + "\x21\x11\0\x11" + IPv4[4..] + "\x04\0\u0002ab", "192.0.2.1:56324", "198.51.100.1:25" },
        { Signature + "\x20\x00\0\0", "", "" },
        { Signature + "\x20\x11\0\x0c" + IPv4[4..], "", "" },
        { Signature + "\x20\xff\0\u0003abc", "", "" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void R42_ValidHeader_IsReadAtEverySplit(string header, string source, string destination)
    {
        var octets = Encoding.Latin1.GetBytes(header + "EHLO x\r\n");
        for (var known = 0; known < header.Length; known++)
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeaderReader.TryRead(octets.AsSpan(0, known), out _, out _));
        for (var split = 0; split <= octets.Length; split++)
        {
            Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.TryRead(Split(octets, split), out var read, out var length));
            Assert.Equal((header.Length, source, destination), (length, $"{read!.Source}", $"{read.Destination}"));
        }
    }

    [Theory]
    [InlineData("EHLO client.example\r\n")]
    [InlineData("\x16\x03\x01")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 56324 25\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25 \r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\n")]
    [InlineData("PROXY TCP4 192.0.2.01 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 3221225985 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP6 2001:db8::1%eth0 2001:db8::2 56324 25\r\n")]
    [InlineData("PROXY TCP6 [2001:db8::1] 2001:db8::2 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 025 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25x\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY \n")]
    [InlineData(Signature + "\x11\x11\0\x0c")]
    [InlineData(Signature + "\x31\x11\0\x0c")]
    [InlineData(Signature + "\x22\x11\0\x0c")]
    [InlineData(Signature + "\x21\x00\0\0")]
    [InlineData(Signature + "\x21\x31\0\xd8")]
    [InlineData(Signature + "\x21\x12\0\x0c")]
    [InlineData(Signature + "\x21\x11\0\x0b")]
    [InlineData(Signature + "\x21\x21\0\x0c")]
    [InlineData(Signature + "\x21\x11\x10\x01")]
    [InlineData(Signature + "\x20\x00\xff\xff")]
    [InlineData("\r\n\r\n\0\r\nQUIT\r")]
    [InlineData("\r\nEHLO x\r\n")]
    public void R42_InvalidHeader_IsRefused(string header)
    {
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.TryRead(Encoding.Latin1.GetBytes(header), out var read, out _));
        Assert.Null(read);
    }

    [Fact]
    public void R42_LineThatDoesNotEnd_IsRefusedWhenItIsLongerThanAnyHeader()
    {
        var line = Encoding.Latin1.GetBytes("PROXY TCP4 " + new string('1', 200));
        Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeaderReader.TryRead(line.AsSpan(0, 106), out _, out _));
        Assert.Equal(ProxyHeaderStatus.Invalid, ProxyHeaderReader.TryRead(line.AsSpan(0, 107), out _, out _));
    }

    [Fact]
    public void R42_LargestHeader_IsReadAndNothingBehindItIsTouched()
    {
        var header = Encoding.Latin1.GetBytes(Signature + "\x21\x11\x10\x00" + IPv4[4..] + new string('t', 4096 - 12));
        Assert.Equal(ProxyHeaderReader.MaxLength, header.Length);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.TryRead(Split([.. header, 1, 2], 3), out var read, out var length));
        Assert.Equal((header.Length, 56324), (length, read!.Source!.Port));
    }

    [Fact]
    public void R42_MutatedHeaders_NeverThrowAndNeverTakeMoreThanThereIs()
    {
        var random = new Random(7);
        foreach (var (header, _, _) in Valid().Select(row => row.Data))
        {
            for (var round = 0; round < 2000; round++)
            {
                var octets = Mutate(Encoding.Latin1.GetBytes(header), random);
                var status = ProxyHeaderReader.TryRead(octets, out var read, out var length);
                Assert.InRange(length, 0, octets.Length);
                Assert.Equal(status == ProxyHeaderStatus.Complete, read is not null);
            }
        }
    }

    [Theory]
    [InlineData("PROXY TCP4", true)]
    [InlineData(Signature, true)]
    [InlineData("EHLO x\r\n", false)]
    [InlineData("PROX", false)]
    [InlineData("", false)]
    public void R42_SecondHeader_IsRecognised(string octets, bool expected) =>
        Assert.Equal(expected, ProxyHeaderReader.BeginsHeader(Encoding.Latin1.GetBytes(octets)));

    private static byte[] Mutate(byte[] octets, Random random)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            octets[random.Next(octets.Length)] = (byte)random.Next(256);
        return octets[..random.Next(octets.Length + 1)];
    }

    private static ReadOnlySequence<byte> Split(byte[] octets, int at)
    {
        var first = new Segment(octets.AsMemory(0, at), 0);
        var second = new Segment(octets.AsMemory(at), at);
        first.SetNext(second);
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public void SetNext(Segment next) => Next = next;
    }
}
