using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.FunctionalTests.Score;

/// <summary>Content that is tagged, held and refused on its way through the relay.</summary>
public sealed class ScoreTests
{
    private const string Thresholds = "[score]\ntag_at = 4\nhold_at = 8\nrefuse_at = 12\n";

    private const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    [Fact]
    public async Task Score_TagHoldAndRefuse_DoWhatTheySay()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(Config(sink, ""));

        var tagged = await SubmitAsync(relay, "tagged", "viagra");
        var held = await SubmitAsync(relay, "held", "Hi {{first_name}}, shall we talk?");
        var refused = await SubmitAsync(relay, "refused", "Hi {{first_name}}, viagra");

        Assert.Equal("550 5.7.1 The content scores 13, refused from 12 on: a placeholder was not filled in (text: {{first_name}}); "
            + "words of pharmacy spam (text: viagra)", refused.Text.Trim());
        await relay.UntilStateAsync(tagged.QueueId, "relayed");
        var sent = Assert.Single(sink.Messages);
        Assert.DoesNotContain("score", sent.Text, StringComparison.OrdinalIgnoreCase);

        var entry = await relay.JsonAsync("queue", "show", held.QueueId);
        Assert.Equal(("held", 8), (entry.GetProperty("state").GetString(), entry.GetProperty("score").GetInt32()));
        Assert.Equal("placeholder-braces", Assert.Single(entry.GetProperty("findings").EnumerateArray()).GetProperty("rule").GetString());
        Assert.Contains("held by score", (await relay.RunAsync("explain", held.QueueId)).StandardOutput, StringComparison.Ordinal);
        var metrics = await relay.GetAsync("/metrics");
        Assert.Contains("outreach_score_verdicts_total{verdict=\"hold\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("outreach_score_rules_total{rule=\"words-pharmacy\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("outreach_score_count{client=\"crm\",direction=\"cold\"} 3\n", metrics, StringComparison.Ordinal);

        Assert.Equal(0, (await relay.RunAsync("queue", "release", held.QueueId)).ExitCode);
        await relay.UntilStateAsync(held.QueueId, "relayed");
    }

    [Theory]
    [InlineData("rspamd", "rspamd scores 15 of 15")]
    [InlineData("spamassassin", "spamassassin scores 1")]
    public async Task O28_Score_RealScorer_CountsAndItsAbsenceIsTransient(string type, string reason)
    {
        await using var sink = new SinkServer();
        await using var peer = await ScorerPeer.StartAsync(type);
        await using var relay = await RelayProcess.StartAsync(Config(sink, peer.Table));

        var clean = await SubmitAsync(relay, "clean", "shall we talk?");
        var spam = await SubmitAsync(relay, "spam", Gtube);

        await relay.UntilStateAsync(clean.QueueId, "relayed");
        Assert.StartsWith("550 5.7.1 The content scores 10", spam.Text, StringComparison.Ordinal);
        Assert.Contains(reason, spam.Text, StringComparison.Ordinal);
        Assert.Contains($"outreach_score_external_total{{result=\"answered\",scorer=\"{type}\"}} 2\n", await relay.GetAsync("/metrics"), StringComparison.Ordinal);

        await peer.StopAsync();
        Assert.Equal($"451 4.7.1 {type} gives no score at the moment", (await SubmitAsync(relay, "later", "and another mail")).Text.Trim());
    }

    private static RelayConfig Config(SinkServer sink, string scorers) => new() { Upstreams = [new("sink", sink.Port)], More = Thresholds + scorers };

    private static Task<Reply> SubmitAsync(RelayProcess relay, string id, string text) => SmtpConversation.SubmitAsync(relay.Port, new TestMessage(id, $"{id}@dest.example", Encoding.ASCII.GetBytes(
        $"From: <{TestMessage.Author}>\r\nTo: Ann <{id}@dest.example>\r\nSubject: Your drawings\r\nX-Test-Id: {id}\r\nMessage-ID: <{id}@crm.example>\r\n"
        + $"Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nList-Unsubscribe: <https://crm.example/u>\r\n\r\nHello,\r\n\r\n{text}\r\n")));
}
