using System.Collections.Concurrent;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Rotate;

/// <summary>A hundred connections ask for the last 37 units of a pool's day.</summary>
[Collection(HeavyCollection.Name)]
public sealed class LastSlotsTests
{
    private const int Slots = 37;
    private const int Mails = 100;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task L6_L7_HundredConnectionsForTheLastUnits_ExactlyThatManyLeaveToday(int kills)
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 4")],
            Senders = [.. Enumerable.Range(1, Slots).Select(i => $"sender{i}@domain{i}.example")],
            DailyLimit = 1,
            PoolKeys = $"time_zone = \"{ZoneWithItsNoonNow()}\"",
        });
        var accepted = new ConcurrentDictionary<int, bool>();

        for (var kill = 0; kill < kills; kill++)
        {
            var all = SubmitAllAsync(relay, accepted);
            await Wait.UntilAsync(() => accepted.Count >= (kill + 1) * Mails / 4, Deadline, () => $"{accepted.Count} accepted:\n{relay.Log}");
            await relay.KillAsync();
            await all;
            await relay.StartAsync();
        }
        // Who read no 250 sends again; what was taken all the same is recognised as a repetition.
        Assert.Empty(await SubmitAllAsync(relay, accepted));
        await Wait.UntilAsync(
            async () => (await relay.JsonAsync("queue", "list", "--limit", "200")).GetArrayLength() <= Mails - Slots, Deadline, () => relay.Log);

        Assert.Equal(Mails, accepted.Count);
        Assert.Equal(Slots, sink.Arrivals.Count);
        var waiting = (await relay.JsonAsync("queue", "list", "--limit", "200")).EnumerateArray().ToList();
        Assert.Equal(Mails - Slots, waiting.Count);
        Assert.All(waiting, entry => Assert.True(entry.GetProperty("due").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddHours(6)));
    }

    /// <returns>Why some were not accepted.</returns>
    private static async Task<List<string>> SubmitAllAsync(RelayProcess relay, ConcurrentDictionary<int, bool> accepted)
    {
        var submissions = Enumerable.Range(0, Mails).Where(i => !accepted.ContainsKey(i)).Select(async i =>
        {
            try
            {
                var reply = await SmtpConversation.SubmitAsync(relay.Port, TestMessage.Create($"slot{i}"));
                return reply.IsPositive && accepted.TryAdd(i, true) ? null : $"{i}: {reply}";
            }
            catch (IOException broken)
            {
                // The relay was killed meanwhile.
                return $"{i}: {broken.Message}";
            }
        });
        return [.. (await Task.WhenAll(submissions)).OfType<string>()];
    }

    // Midnight is far away, whatever the time.
    private static string ZoneWithItsNoonNow() => (12 - TimeProvider.System.GetUtcNow().Hour) switch
    {
        0 => "Etc/GMT",
        > 0 and var ahead => $"Etc/GMT-{ahead}",
        var behind => $"Etc/GMT+{-behind}",
    };
}
