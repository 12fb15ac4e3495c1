using System.Diagnostics;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Spf;

public class SpfMutationTests
{
    private const string Sample =
        "v=spf1 +a:%{d2r.-}.example.com/24//64 ?mx ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{i}._%{H}%%.example ptr:x.example ~include:%{o}.y.example exp=%{p}.w.example redirect=%{l/}.z.example -all";

    private static readonly string[] Pieces =
        ["%", "{", "}", ":", "/", "//", "=", ".", " ", "-", "%{", "%{s", "99999999999", "0", "r", "\0", "\u00FC", "all", "v=spf1", "redirect=", "ip6:::", "%{p}"];

    [Fact]
    public void TryParse_AnyText_EndsWithARecordOrAnError()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => EndsWell(text ?? "") && EndsWell("v=spf1 " + text)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task CheckHost_ChangedRecords_EndWithAResult()
    {
        var random = new Random(20260302);
        for (var round = 0; round < 10_000; round++)
        {
            var record = Change(random);
            Assert.True(EndsWell(record));
            if (round % 10 == 0)
                await CheckAsync("v=spf1 " + record);
        }
    }

    [Theory]
    [InlineData("a:%{o}.")]
    [InlineData("a:%{s255r=+,/_-.}")]
    [InlineData("%{%{%{")]
    [InlineData("x=%{d}")]
    [InlineData("////")]
    public async Task CheckHost_VeryLongRecord_EndsSoon(string piece)
    {
        var watch = Stopwatch.StartNew();

        await CheckAsync("v=spf1 " + string.Concat(Enumerable.Repeat(piece, 64_000 / piece.Length)) + ".example.com");
        await CheckAsync("v=spf1 " + string.Concat(Enumerable.Repeat(piece + " ", 64_000 / piece.Length)));

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    private static string Change(Random random)
    {
        var text = Sample;
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var place = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text.Remove(place, Math.Min(random.Next(1, 20), text.Length - place)) + " ",
                1 => text.Insert(place, Pieces[random.Next(Pieces.Length)]),
                _ => text.Insert(place, text.Substring(place, Math.Min(random.Next(1, 30), text.Length - place))),
            };
        }
        return text;
    }

    private static bool EndsWell(string text) => SpfRecord.TryParse(text, out var record, out var error) ? record is not null : error!.Length is > 0 and < 200;

    private static async Task CheckAsync(string record)
    {
        var zone = new Zone().Add("example.com", DnsType.TXT, record);
        var request = new SpfRequest { Client = IPAddress.Parse("2001:db8::1"), Helo = "a.example", ReversePath = "a.b-c@example.com" };
        var outcome = await new SpfVerifier(new ZoneResolver(zone), new SpfOptions(), TimeProvider.System).CheckHostAsync(request);
        Assert.InRange(outcome.Lookups, 0, 11);
    }
}
