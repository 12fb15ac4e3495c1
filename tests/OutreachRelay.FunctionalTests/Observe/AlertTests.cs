using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Observe;
using OutreachRelay.Tests.Observe;

namespace OutreachRelay.FunctionalTests.Observe;

/// <summary>Trouble with an upstream, as those hear of it who are not there.</summary>
public sealed partial class AlertTests
{
    private const string DirectionDown = "outreach_alerts{alert=\"direction_down\"}";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly string RuleFile = ProjectDirectory.Combine("..", "..", "conf", "prometheus-alerts.yml");

    [Fact]
    public async Task O26_UpstreamRefusesConnections_IsToldWithoutTheQueueAndClearsWhenItIsBack()
    {
        var port = FreePort.Next();
        await using var relay = new RelayProcess(new RelayConfig { Upstreams = [new("away", port)], Retry = """["1h"]""", ProbeInterval = "1s" });
        // Alerts go straight to their target, whatever the environment says of proxies.
        await relay.StartAsync("env", "http_proxy=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9");
        await relay.SubmitAsync(TestMessage.Create("waits"));
        await Wait.UntilAsync(() => MetricIsAsync(relay, DirectionDown, 1), Deadline, () => $"no alert:\n{relay.Log}");

        await using var receiver = await AlertReceiver.StartAsync();
        relay.Write(relay.Config with { More = $"\n[alerts]\nwebhook = \"{receiver.Url}\"\n" });
        relay.Signal(Signal.HangUp);
        await Wait.UntilAsync(() => receiver.Heard.Contains("raised direction_down crm/cold"), Deadline, () => $"not told:\n{relay.Log}");
        Assert.Equal("relay.example", receiver.Bodies[0].GetProperty("hostname").GetString());
        Assert.Equal("direction_down", (await relay.JsonAsync("status")).GetProperty("alerts")[0].GetProperty("alert").GetString());
        await AssertRuleFileFitsAsync(relay);

        await using var back = new SinkServer(port);
        await Wait.UntilAsync(() => receiver.Heard.Contains("cleared direction_down crm/cold"), Deadline, () => $"not cleared:\n{relay.Log}");
        Assert.True(await MetricIsAsync(relay, DirectionDown, 0));
        Assert.Empty((await relay.JsonAsync("status")).GetProperty("alerts").EnumerateArray());
        await Wait.UntilAsync(() => back.CountOf("waits") == 1, Deadline, () => relay.Log);
        Assert.Single(back.Messages);
        Assert.Contains("error Observe.AlertBook: Alert direction_down crm/cold: ", relay.Log);
        Assert.DoesNotContain("geheim", relay.Log);
    }

    [Fact]
    public async Task Documentation_Alerts_AreThoseThatThereAre()
    {
        var text = await File.ReadAllTextAsync(ProjectDirectory.Combine("..", "..", "docs", "operations.md"));

        var documented = DocumentedAlert().Matches(text).SelectMany(match => match.Groups["names"].Captures.Select(
            (name, i) => $"{name.Value} {match.Groups["severities"].Captures[i].Value}"));

        Assert.Equal(AlertNames.All.Select(name => $"{name.Word()} {name.Severity()}".ToLowerInvariant()).Order(), documented.Order());
    }

    // While mail waits and the webhook was told, every metric has a series.
    private static async Task AssertRuleFileFitsAsync(RelayProcess relay)
    {
        var rules = string.Join('\n', (await File.ReadAllLinesAsync(RuleFile)).Where(line => line.TrimStart().StartsWith("expr:", StringComparison.Ordinal)));
        var used = UsedMetric().Matches(rules).Select(match => match.Value).Distinct().ToList();
        Assert.True(used.Count >= 5, "the rules were not found");
        HashSet<string> exposed = [];
        await Wait.UntilAsync(
            async () => used.TrueForAll((exposed = ExposedMetrics(await relay.GetAsync("/metrics"))).Contains), Deadline,
            () => $"there is no metric {string.Join(", ", used.Except(exposed))}");

        var critical = AlertNames.All.Where(name => name.Severity() == AlertSeverity.Critical).Select(name => name.Word()).Order();
        Assert.All(CriticalNames().Matches(rules), match => Assert.Equal(critical, match.Groups["names"].Value.Split('|').Order()));
        Assert.Equal(2, CriticalNames().Count(rules));
    }

    private static HashSet<string> ExposedMetrics(string text) => [.. ExposedMetric().Matches(text).Select(match => match.Value)];

    private static async Task<bool> MetricIsAsync(RelayProcess relay, string series, int value) =>
        (await relay.GetAsync("/metrics")).Split('\n').Contains($"{series} {value}");

    [GeneratedRegex("^[a-z_]+", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ExposedMetric();

    [GeneratedRegex("(outreach|process)_[a-z_]+(?=[{\\[) ]|$)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex UsedMetric();

    [GeneratedRegex(@"^\| (`(?<names>[a-z_]+)`(, )?)+ \| ((?<severities>warning|critical)(, )?)+ \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex DocumentedAlert();

    [GeneratedRegex("alert[=!]~\"(?<names>[a-z_|]+)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex CriticalNames();
}
