using System.Globalization;
using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>Three providers on a bad day and a relay that is killed: what was acknowledged arrives, or is told of with a reason.</summary>
[Collection(HeavyCollection.Name)]
public sealed partial class ChaosTests
{
    private const int Kills = 10;
    private const int Sessions = 8;

    private static readonly int Mails = int.Parse(Environment.GetEnvironmentVariable("CHAOS_MESSAGES") ?? "20000", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    // What was on its way when the circuit opened may finish.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Chaos_FlappingUpstreamsAndKills_EveryMailArrivesOrIsADeadLetterWithItsReason()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        SinkServer[] sinks = [new(), new(), new()];
        await using var first = sinks[0];
        await using var second = sinks[1];
        await using var third = sinks[2];
        Weather[] weathers = [.. sinks.Select(sink => new Weather(sink, random.Next()))];
        await using var relay = new RelayProcess(new RelayConfig
        {
            Upstreams = [.. sinks.Select((sink, i) => new UpstreamConfig($"up{i}", sink.Port, Keys: $"max_connections = {Sessions}\nweight = {i + 1}"))],
            Senders = [.. Enumerable.Range(1, 200).Select(i => $"sender{i}@domain{i % 20}.example")],
            ProbeInterval = "1s",
            More = "[log]\nlevel = \"warn\"\n",
        });
        var ledger = new Ledger();

        var kills = await KillAgainAndAgainAsync(relay, ledger, random);
        foreach (var weather in weathers)
            await weather.DisposeAsync();
        await relay.UntilIdleAsync(Deadline);

        var dead = await relay.JsonAsync("queue", "list", "--state", "dead,failed");
        var reasons = dead.EnumerateArray().ToDictionary(entry => entry.GetProperty("recipient").GetString()!, entry => entry.GetProperty("last_reply").GetString());
        var extra = sinks.Sum(sink => sink.Arrivals.Values.Sum(count => count - 1));
        var strayed = sinks.SelectMany(sink => sink.Arrivals.Keys).GroupBy(id => id).Where(ids => ids.Count() > 1).Select(ids => ids.Key).ToList();
        // A kill may leave an entry leased for each session.
        var inDoubt = (kills.Count * sinks.Length * Sessions) + weathers.Sum(weather => weather.LostAtTheDot);
        var summary = $"seed {seed}: {ledger.Count} acknowledged, {reasons.Count} dead, {extra} arrivals too many, at most {inDoubt} in doubt";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        var lost = ledger.LostAt(sinks).Where(id => !reasons.ContainsKey($"prospect-{id}@dest.example")).Take(20).ToList();
        Assert.True(lost is [], $"lost {string.Join(' ', lost)}; {summary}");
        Assert.DoesNotContain(reasons.Values, string.IsNullOrEmpty);
        Assert.True(extra <= inDoubt, summary);
        Assert.True(strayed is [], $"{string.Join(' ', strayed.Take(20))} came by two upstreams; {summary}");
        for (var i = 0; i < sinks.Length; i++)
            Assert.Empty(MailsWhileOpen($"up{i}", relay.Log, kills, weathers[i]));
    }

    /// <returns>When it was killed.</returns>
    private static async Task<List<DateTimeOffset>> KillAgainAndAgainAsync(RelayProcess relay, Ledger ledger, Random random)
    {
        var kills = new List<DateTimeOffset>();
        await relay.StartAsync();
        await using var load = LoadGenerator.Start(relay.Port, ledger);
        for (var kill = 1; kill <= Kills; kill++)
        {
            var goal = (Mails * (kill - 1) / Kills) + random.Next(1, Mails / Kills);
            await Wait.UntilAsync(() => ledger.Count >= goal, Deadline, () => $"{ledger.Count} of {goal} acknowledged:\n{relay.Log}");
            await relay.KillAsync();
            kills.Add(TimeProvider.System.GetUtcNow());
            await relay.StartAsync();
        }
        await Wait.UntilAsync(() => ledger.Count >= Mails, Deadline, () => $"{ledger.Count} of {Mails} acknowledged:\n{relay.Log}");
        return kills;
    }

    // A circuit is open from the line that says so to the next line of its upstream, or to the kill.
    private static List<DateTimeOffset> MailsWhileOpen(string upstream, string log, List<DateTimeOffset> kills, Weather weather)
    {
        var (mails, wrong) = (weather.Mails, new List<DateTimeOffset>());
        var changes = CircuitLine().Matches(log).Where(line => line.Groups["upstream"].Value == upstream)
            .Select(line => (At: DateTimeOffset.Parse(line.Groups["time"].Value, CultureInfo.InvariantCulture), State: line.Groups["state"].Value))
            .Concat(kills.Select(kill => (At: kill, State: "killed"))).OrderBy(change => change.At).ToList();
        foreach (var (open, next) in changes.Zip(changes.Skip(1)).Where(pair => pair.First.State == "Open"))
            wrong.AddRange(mails.Where(mail => mail > open.At + OnItsWay && mail < next.At));
        return wrong;
    }

    [GeneratedRegex(@"^(?<time>\S+) warn .*: Upstream (?<upstream>\S+) (is now (?<state>\w+)|answers again)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex CircuitLine();
}
