using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>The promise of the 250: what was acknowledged arrives, whenever the relay is killed.</summary>
[Collection(HeavyCollection.Name)]
public sealed class NothingLostTests
{
    private const int UpstreamSessions = 8;
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("TORTURE_ROUNDS") ?? "20");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task S30_KilledAtRandomMomentsUnderLoad_NothingAcknowledgedIsLost()
    {
        var seed = Environment.TickCount;
        await using var sink = new SinkServer();
        await using var relay = new RelayProcess(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: $"max_connections = {UpstreamSessions}")],
            Senders = [.. Enumerable.Range(1, 200).Select(i => $"sender{i}@domain{i % 20}.example")],
        });
        var ledger = new Ledger();

        var leased = await KillAgainAndAgainAsync(relay, sink, ledger, new Random(seed));
        await relay.StartAsync();
        await relay.UntilIdleAsync(Deadline);

        var doubled = Ledger.DoubledAt(sink);
        var summary = $"seed {seed}: {ledger.Count} acknowledged, {doubled.Count} doubled, at most {leased} leased at {Rounds} kills";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(ledger.Count > Rounds, summary);
        Assert.True(ledger.LostAt(sink) is [], $"lost {string.Join(' ', ledger.LostAt(sink).Take(20))}; {summary}");
        Assert.True(doubled.Count <= leased, summary);
        // Whoever gets a message twice gets the same message, and can tell.
        Assert.Empty(sink.Differing);
    }

    /// <returns>How many entries can have been leased at the kills: one for each session that the sink had open.</returns>
    private static async Task<int> KillAgainAndAgainAsync(RelayProcess relay, SinkServer sink, Ledger ledger, Random random)
    {
        var leased = 0;
        await using var load = LoadGenerator.Start(relay.Port, ledger);
        for (var round = 0; round < Rounds; round++)
        {
            await relay.StartAsync();
            var goal = ledger.Count + random.Next(1, 1500);
            await Wait.UntilAsync(() => ledger.Count >= goal, Deadline, () => $"{ledger.Count} of {goal} acknowledged:\n{relay.Log}");
            leased += Math.Max(sink.OpenSessions, UpstreamSessions);
            await relay.KillAsync();
        }
        return leased;
    }
}
