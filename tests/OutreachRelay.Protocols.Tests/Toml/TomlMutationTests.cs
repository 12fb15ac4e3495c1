using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Protocols.Tests.Toml;

public class TomlMutationTests
{
    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(
        """"
        title = "a\tä"  # comment
        [a.b]
        x.y = [1, 2.5e3, true, { k = 'v' }]
        when = 1979-05-27 07:32:00.5+01:00
        [[t]]
        s = """
        one \
          two"""
        [[t]]
        hex = 0xff
        """");

    private static readonly byte[] Pieces = "[]{}=.,\"'\\\n\r\t #0-+_:TZeainfx"u8.ToArray();

    [Fact]
    public void TryRead_AnyOctets_EndWithATableOrAPlace()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets => EndsWell(octets)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryRead_ChangedDocuments_EndWithATableOrAPlace()
    {
        var random = new Random(20260131);
        for (var round = 0; round < 20_000; round++)
            Assert.True(EndsWell(Change(random)));
    }

    [Fact]
    public void TryRead_EveryPrefix_EndsWithATableOrAPlace()
    {
        for (var length = 0; length <= Sample.Length; length++)
            Assert.True(EndsWell(Sample.AsSpan(0, length)));
    }

    private static byte[] Change(Random random)
    {
        var octets = Sample.ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var place = random.Next(octets.Count);
            switch (random.Next(4))
            {
                case 0: octets.RemoveRange(place, Math.Min(random.Next(1, 20), octets.Count - place)); break;
                case 1: octets.Insert(place, Pieces[random.Next(Pieces.Length)]); break;
                case 2: octets[place] = Pieces[random.Next(Pieces.Length)]; break;
                default: octets.InsertRange(place, octets.GetRange(place, Math.Min(random.Next(1, 40), octets.Count - place))); break;
            }
            if (octets.Count == 0)
                octets.Add((byte)random.Next(256));
        }
        return [.. octets];
    }

    private static bool EndsWell(ReadOnlySpan<byte> octets) =>
        TomlReader.TryRead(octets, out var root, out var error) ? root is not null : error is { Line: > 0, Column: > 0, Message.Length: > 0 };
}
