using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Presets and limits of upstreams, from the file to the wire.</summary>
public sealed class UpstreamLimitTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task S49_W36_FirstUpstreamUsedUp_IsPassedOverAlsoAfterARestart()
    {
        await using var first = new SinkServer();
        await using var second = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams =
            [
                new("first", first.Port, Keys: "preset = \"mailgun\"\ndaily_limit = 1\nprice_per_1000 = 1000"),
                new("second", second.Port, Tier: 2, Keys: "rate = \"5/s\""),
            ],
        });

        await relay.SubmitAsync(TestMessage.Create("one"));
        await Wait.UntilAsync(() => first.CountOf("one") == 1, Deadline, () => $"not by the first:\n{relay.Log}");
        await relay.SubmitAsync(TestMessage.Create("two"));
        await Wait.UntilAsync(() => second.CountOf("two") == 1, Deadline, () => $"not by the second:\n{relay.Log}");
        await relay.StopAsync(Deadline);
        await relay.StartAsync();
        await relay.SubmitAsync(TestMessage.Create("three"));
        await Wait.UntilAsync(() => second.CountOf("three") == 1, Deadline, () => $"not by the second:\n{relay.Log}");

        Assert.Single(first.Messages);
        Assert.Matches("^{\"orid\":\"[0-9a-f]{28}\"}$", first.Messages[0].Field("X-Mailgun-Variables"));
        Assert.All(second.Messages, message => Assert.Null(message.Field("X-Mailgun-Variables")));
        var use = (await relay.JsonAsync("status")).GetProperty("upstreams")[0].GetProperty("use");
        Assert.Equal((1, 1, 1m), (use.GetProperty("today").GetInt64(), use.GetProperty("month").GetInt64(), use.GetProperty("spend").GetDecimal()));
        Assert.Equal("today's limit of 1 is used up", use.GetProperty("full").GetString());
        Assert.Contains("outreach_upstream_messages{period=\"day\",upstream=\"second\"} 2\n", await relay.GetAsync("/metrics"));
    }
}
