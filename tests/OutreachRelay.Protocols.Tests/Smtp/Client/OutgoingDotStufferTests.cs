using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class OutgoingDotStufferTests
{
    [Theory]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("", ".\r\n")]
    [InlineData(".a\r\n", "..a\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.\r\n.b.\r\n..\r\n", "a\r\n..\r\n..b.\r\n...\r\n.\r\n")]
    [InlineData("\r\n.\r\n.", "\r\n..\r\n..\r\n.\r\n")]
    public void Write_AnySplit_GivesTheSameOctets(string content, string wire)
    {
        var octets = Encoding.ASCII.GetBytes(content);
        for (var first = 0; first <= octets.Length; first++)
        {
            for (var second = first; second <= octets.Length; second++)
                Assert.Equal(wire, Stuff(out _, octets[..first], octets[first..second], octets[second..]));
        }
    }

    [Fact]
    public void Write_RandomContentInRandomPieces_RoundTrips()
    {
        var random = new Random(4711);
        for (var round = 0; round < 2000; round++)
        {
            var content = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => new[] { "\r\n", ".", "a", "\r\n." }[random.Next(4)])) + "\r\n";
            var pieces = content.Chunk(random.Next(1, 9)).Select(piece => Encoding.ASCII.GetBytes(piece)).ToArray();
            var wire = Stuff(out var forbidden, pieces);
            Assert.False(forbidden);
            Assert.Equal(content, Unstuff(wire));
        }
    }

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\r\r\n")]
    [InlineData("\n")]
    [InlineData("a\r")]
    [InlineData("a\r\n\n.\r\nb\r\n")]
    [InlineData("a\r\n\0.\r\nb\r\n")]
    public void Write_BareLineEndOrNulInAnySplit_IsNoticed(string content)
    {
        var octets = Encoding.ASCII.GetBytes(content);
        for (var split = 0; split <= octets.Length; split++)
        {
            Stuff(out var forbidden, octets[..split], octets[split..]);
            Assert.True(forbidden);
        }
    }

    [Fact]
    public void Fitting_WorstContent_FitsTheRoom()
    {
        var worst = Encoding.ASCII.GetBytes("." + string.Concat(Enumerable.Repeat("\r\n.", 1000)));
        for (var output = 0; output < 300; output++)
            Assert.InRange(OutgoingDotStuffer.RoomFor(OutgoingDotStuffer.Fitting(output)), 0, Math.Max(1, output));
        Assert.InRange(new OutgoingDotStuffer().Write(worst, new byte[9000]), worst.Length, OutgoingDotStuffer.RoomFor(worst.Length));
    }

    private static string Stuff(out bool forbidden, params byte[][] pieces)
    {
        var stuffer = new OutgoingDotStuffer();
        var wire = new StringBuilder();
        foreach (var piece in pieces)
        {
            var output = new byte[OutgoingDotStuffer.RoomFor(piece.Length)];
            wire.Append(Encoding.ASCII.GetString(output, 0, stuffer.Write(piece, output)));
        }
        var end = new byte[5];
        wire.Append(Encoding.ASCII.GetString(end, 0, stuffer.Finish(end)));
        forbidden = stuffer.HasForbidden;
        return wire.ToString();
    }

    private static string Unstuff(string wire)
    {
        Assert.EndsWith("\r\n.\r\n", "\r\n" + wire);
        var lines = wire[..^3].Split("\r\n");
        Assert.DoesNotContain(".", lines);
        return string.Join("\r\n", lines.Select(line => line.StartsWith('.') ? line[1..] : line));
    }
}
