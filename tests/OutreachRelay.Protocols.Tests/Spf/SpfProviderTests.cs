using System.Net;
using System.Text.Json;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Spf;

/// <summary>Records as large providers publish them, with the lookups they cost.</summary>
public class SpfProviderTests
{
    private static readonly JsonElement[] Rows = [.. Vectors.Read("dns/providers.jsonl")];
    private static readonly Zone Providers = Zone.FromPairs(Vectors.ReadWhole("dns/providers.json"));

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Rows.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task CheckHost_ProvidersRecords_GiveTheResultAndTheLookups(int number)
    {
        var row = Rows[number];
        var request = new SpfRequest
        {
            Client = IPAddress.Parse(row.GetProperty("ip").GetString()!),
            Helo = "relay.test",
            ReversePath = "jane@" + row.GetProperty("domain").GetString(),
        };

        var outcome = await new SpfVerifier(new ZoneResolver(Providers), new SpfOptions(), TimeProvider.System).CheckHostAsync(request);

        Assert.Contains(outcome.Result.ToWord(), row.GetProperty("accept").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal(row.GetProperty("lookups").GetInt32(), outcome.Lookups);
    }

    [Fact]
    public void Rows_OfTheFile_AreAllThere() => Assert.Equal(14, Rows.Length);
}
