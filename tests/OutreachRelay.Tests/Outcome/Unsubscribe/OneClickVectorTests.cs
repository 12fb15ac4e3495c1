using System.Net;
using System.Text.Json;

namespace OutreachRelay.Tests.Outcome.Unsubscribe;

/// <summary>Requests of RFC 8058 and its errata, good and bad, over real HTTP.</summary>
public sealed class OneClickVectorTests
{
    private static readonly JsonElement[] Vectors =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", "unsubscribe", "rfc8058.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    public static TheoryData<string> Ids() => [.. Vectors.Select(vector => vector.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Request_OfTheVectors_IsAnsweredAndActedOnAsExpected(string id)
    {
        var vector = Vectors.Single(vector => vector.GetProperty("id").GetString() == id);
        var expect = vector.GetProperty("expect");
        await using var server = await UnsubscribeServer.StartAsync();
        var token = id switch
        {
            "tampered-token" => (await server.MakeTokenAsync()).Replace('A', 'B') is var text && text[^5] != 'x' ? text[..^5] + "x" + text[^4..] : text[..^5] + "y" + text[^4..],
            "other-recipient-token" => await server.MakeTokenAsync("other@target.example"),
            _ => await server.MakeTokenAsync(),
        };

        for (var round = 0; round < (id == "repeat-is-idempotent" ? 2 : 1); round++)
        {
            using var response = await server.SendAsync(
                new HttpMethod(vector.GetProperty("method").GetString()!), token, vector.GetProperty("body").GetString(), vector.GetProperty("content_type").GetString());

            AssertStatus(expect.GetProperty("http").GetString()!, response.StatusCode);
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }
        if (expect.GetProperty("suppressed").ValueKind != JsonValueKind.String)
            Assert.Equal(expect.GetProperty("suppressed").GetBoolean(), await server.IsSuppressedAsync());
        var all = (await server.Door.Store.ListSuppressionsAsync(new(), CancellationToken.None)).Suppressions;
        Assert.InRange(all.Length, 0, 1);
    }

    private static void AssertStatus(string expected, HttpStatusCode status)
    {
        var word = expected.Split([' ', ','])[0];
        var group = (int)status / 100;
        var fits = word switch
        {
            "any" => group != 5,
            "200" => status == HttpStatusCode.OK,
            "2xx/405" => group == 2,
            _ => word.Split('/').Concat(expected.Contains("or 2xx", StringComparison.Ordinal) ? ["2xx"] : []).Contains($"{group}xx"),
        };
        Assert.True(fits, $"{(int)status} is not {expected}");
    }
}
