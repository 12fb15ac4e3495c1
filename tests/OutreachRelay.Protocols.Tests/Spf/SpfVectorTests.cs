using System.Net;
using System.Text.Json;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Spf;
using OutreachRelay.Protocols.Tests.Dns;

namespace OutreachRelay.Protocols.Tests.Spf;

/// <summary>The test suite of RFC 7208, out of memory row by row, and all of it again over sockets.</summary>
public class SpfVectorTests
{
    private static readonly Dictionary<string, JsonElement> Rows =
        Vectors.Read("spf/rfc7208.jsonl").ToDictionary(row => $"{row.GetProperty("scenario")}: {row.GetProperty("id")}");

    public static TheoryData<string> Ids => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task CheckHost_RowOfTheSuite_GivesWhatItAccepts(string id)
    {
        var row = Rows[id];
        var resolver = new ZoneResolver(Zone.FromPairs(row.GetProperty("zone")));

        AssertAccepted(row, await CheckAsync(row, resolver));

        Assert.InRange(resolver.Asked.Count, 0, 40);
    }

    [Fact]
    public async Task CheckHost_WholeSuiteOverSockets_GivesWhatItAccepts()
    {
        // Silence would cost its time; that it and a server failure come to the same is tested with the resolver.
        await using var server = new ZoneServer(new Zone()) { FailsInsteadOfSilence = true };
        foreach (var row in Rows.Values)
        {
            server.Zone = Zone.FromPairs(row.GetProperty("zone"));
            AssertAccepted(row, await CheckAsync(row, server.Resolver()));
        }
        Assert.True(server.Asked.Count > Rows.Count);
    }

    [Fact]
    public void Rows_OfTheSuite_AreAllThere() => Assert.Equal(203, Rows.Count);

    private static Task<SpfOutcome> CheckAsync(JsonElement row, IDnsResolver resolver)
    {
        var request = new SpfRequest
        {
            Client = IPAddress.Parse(row.GetProperty("ip").GetString()!),
            Helo = row.GetProperty("helo").GetString()!,
            ReversePath = row.GetProperty("mailfrom").GetString()!,
        };
        return new SpfVerifier(resolver, new SpfOptions(), TimeProvider.System).CheckHostAsync(request);
    }

    private static void AssertAccepted(JsonElement row, SpfOutcome outcome)
    {
        var accepted = row.GetProperty("accept").EnumerateArray().Select(each => each.GetString());
        Assert.True(accepted.Contains(outcome.Result.ToWord()), $"{row.GetProperty("id")}: {outcome}");
        var explanation = row.GetProperty("explanation").GetString();
        if (explanation is not null)
            Assert.Equal(explanation == "DEFAULT" ? null : explanation, outcome.Explanation);
    }
}
