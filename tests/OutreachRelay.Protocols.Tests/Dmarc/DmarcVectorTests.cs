using System.Text.Json;
using OutreachRelay.Protocols.Dmarc;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Dmarc;

/// <summary>The evaluations of mailauth: by the tree walk all, with a list those that RFC 7489 knows.</summary>
public class DmarcVectorTests
{
    private static readonly JsonElement[] Rows = [.. Vectors.Read("dmarc/mailauth.jsonl")];

    public static TheoryData<int, string> All => Select(_ => true);

    public static TheoryData<int, string> Rfc7489 => Select(row => !row.GetProperty("impl_skips").GetBoolean());

    [Theory]
    [MemberData(nameof(All))]
    public async Task Evaluate_ByTreeWalk_GivesWhatTheRowExpects(int number, string name)
    {
        var row = Rows[number];
        var resolver = new ZoneResolver(Zone.FromTypes(row.GetProperty("zone")));

        AssertExpected(row, await EvaluateAsync(row, resolver, new DmarcOptions()), name);

        if (row.GetProperty("query_order") is { ValueKind: JsonValueKind.Array } order)
            Assert.Equal(order.EnumerateArray().Select(each => each.GetString()!), resolver.Asked.Select(asked => asked.Name));
    }

    [Theory]
    [MemberData(nameof(Rfc7489))]
    public async Task Evaluate_ByPublicSuffixList_GivesWhatTheRowExpects(int number, string name)
    {
        var row = Rows[number];
        var options = new DmarcOptions { PublicSuffixes = PublicSuffixList.Parse("com\nexample") };

        AssertExpected(row, await EvaluateAsync(row, new ZoneResolver(Zone.FromTypes(row.GetProperty("zone"))), options), name);
    }

    [Fact]
    public void Rows_OfTheFile_AreAllThere() => Assert.Equal((61, 49), (All.Count, Rfc7489.Count));

    private static TheoryData<int, string> Select(Func<JsonElement, bool> predicate)
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < Rows.Length; i++)
        {
            if (predicate(Rows[i]))
                data.Add(i, Rows[i].GetProperty("name").GetString()!);
        }
        return data;
    }

    private static Task<DmarcOutcome> EvaluateAsync(JsonElement row, ZoneResolver resolver, DmarcOptions options)
    {
        var from = row.GetProperty("header_from");
        var request = new DmarcRequest
        {
            Authors = from.ValueKind == JsonValueKind.Array ? [.. from.EnumerateArray().Select(each => each.GetString()!)] : [from.GetString()!],
            SpfPassed = Domains(row.GetProperty("spf_pass")),
            DkimPassed = Domains(row.GetProperty("dkim_pass")),
        };
        return new DmarcVerifier(resolver, options).EvaluateAsync(request);
    }

    private static List<string> Domains(JsonElement list) =>
        [.. list.EnumerateArray().Select(each => each.ValueKind == JsonValueKind.Object ? each.GetProperty("domain").GetString()! : each.GetString()!)];

    private static void AssertExpected(JsonElement row, DmarcOutcome outcome, string name)
    {
        foreach (var expect in row.GetProperty("expect").EnumerateArray())
        {
            var (path, op, value) = (expect[0].GetString()!, expect[1].GetString()!, expect[2].ToString());
            // mailauth's own: its words for humans, and a count that DKIM gives.
            if (path is "info" or "error" or "status.comment" or "alignment.dkim.underSized")
                continue;
            var actual = Find(outcome, path);
            var holds = op switch
            {
                "to.equal" => actual == value,
                "to.contain" => actual!.Contains(value, StringComparison.Ordinal),
                "to.be.true" => actual == "True",
                "to.be.false" when path == "" => outcome is { Result: DmarcResult.PermError, Policy: null },
                "to.be.false" => actual == "False",
                "to.not.be.ok" => actual is null,
                "to.not.have.property" when value == "policy" => outcome.Policy is null,
                // Historic: parsed, but no part of the result.
                "to.not.have.property" when value == "pct" => typeof(DmarcOutcome).GetProperty("Percent") is null,
                _ => false,
            };
            Assert.True(holds, $"{name}: {path} {op} {value}, but is {actual} in {outcome}");
        }
    }

    private static string? Find(DmarcOutcome outcome, string path) => path switch
    {
        "status.result" => outcome.Result.ToWord(),
        "policy" => outcome.Policy?.ToWord(),
        "domain" => outcome.Domain,
        "p" => outcome.Record?.Policy?.ToWord(),
        "sp" => outcome.Record?.SubdomainPolicy?.ToWord(),
        "pct" => outcome.Record?.Percent.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "rr" => outcome.Record?.Text,
        "alignment.dkim.result" => outcome.Dkim.Domain,
        "alignment.spf.result" => outcome.Spf.Domain,
        "alignment.dkim.strict" => outcome.Dkim.IsStrict.ToString(),
        "alignment.spf.strict" => outcome.Spf.IsStrict.ToString(),
        _ => null,
    };
}
