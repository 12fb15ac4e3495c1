using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>The promise of the 250, with the relay killed before chosen system calls of a message's way and of its own start.</summary>
public sealed class KilledAtEachStepTests
{
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("TORTURE_ROUNDS") ?? "32");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    // Calls of a kind, and how many of each the busiest thread makes for the messages of a round, about.
    private static readonly (string Step, string Calls, int Most)[] OfMessages =
    [
        ("file written", "pwrite64", 250),
        ("file flushed", "fsync,fdatasync", 12),
        ("file named", "rename,mkdir", 1),
        ("reply or command sent", "sendto,sendmsg", 14),
        ("file opened", "openat", 4),
        ("file or connection closed", "close", 5),
    ];

    private static readonly (string Step, string Calls, int Most) OfStart = ("start", "pwrite64,fsync,fdatasync,ftruncate,rename,unlink", 4);

    private static readonly int Seed = Environment.TickCount;
    private readonly Random _random = new(Seed);
    private readonly Ledger _ledger = new();
    private readonly SortedDictionary<string, int> _kills = new(StringComparer.Ordinal);

    [Fact]
    public async Task KilledBeforeChosenSystemCalls_NothingAcknowledgedIsLostAndOnlyWhatWasInDoubtComesTwice()
    {
        Requires.Program("strace");
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", sink.Port)] });
        var entries = new StoredEntries(relay.DataDirectory);

        for (var round = 0; round < Rounds; round++)
        {
            var kind = OfMessages[round % OfMessages.Length];
            // Once before the first call of each kind, which is sure to come: where many threads share the calls, none may make as many as chance has chosen.
            await KillOnTheWayAsync(relay, kind.Step, round < OfMessages.Length ? new KillPoint(kind.Calls, 1) : Choose(kind));
            // The crash after a crash: while the relay takes up what the last one left.
            if (relay.HasExited && round % 8 == 7)
                await KillAtStartAsync(relay);
            if (relay.HasExited)
                await relay.StartAsync();
            Assert.Null(entries.Damage());
        }
        await relay.UntilIdleAsync(Deadline);

        var doubled = Ledger.DoubledAt(sink);
        var summary = $"seed {Seed}: {_ledger.Count} acknowledged, {doubled.Count} doubled, {Rounds} rounds, killed before: {string.Join(", ", _kills)}";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(_ledger.LostAt(sink) is [], $"lost {string.Join(' ', _ledger.LostAt(sink).Take(20))}; {summary}");
        Assert.Subset(entries.EverInDoubt(), doubled.Select(id => $"prospect-{id}@dest.example").ToHashSet(StringComparer.Ordinal));
        Assert.Empty(sink.Differing);
        Assert.True(_kills.Values.Sum() > Rounds / 2, summary);
        Assert.All(OfMessages, each => Assert.True(_kills.ContainsKey(each.Step), summary));
    }

    private async Task KillOnTheWayAsync(RelayProcess relay, string step, KillPoint point)
    {
        await using (await point.AwaitAsync(relay.Id))
        {
            await SubmitAsync(relay.Port);
            try
            {
                await relay.UntilIdleAsync(Deadline);
            }
            catch (HttpRequestException)
            {
                await relay.WaitForExitAsync(Deadline);
            }
        }
        if (relay.HasExited)
            Count(step);
    }

    private async Task KillAtStartAsync(RelayProcess relay)
    {
        if (await relay.TryStartAsync(["strace", "-D", .. Choose(OfStart).Options, .. OfDatabase(relay.DataDirectory)]))
            // Not to live on under an strace that counts on.
            await relay.KillAsync();
        else
            Count(OfStart.Step);
    }

    private KillPoint Choose((string Step, string Calls, int Most) kind) => new(kind.Calls, _random.Next(1, kind.Most + 1));

    private void Count(string step) => _kills[step] = _kills.GetValueOrDefault(step) + 1;

    private static IEnumerable<string> OfDatabase(string directory) =>
        new[] { "", "relay.db", "relay.db-wal", "relay.mark", "relay.mark.new", "relay.lock" }.SelectMany(name => new[] { "-P", Path.Combine(directory, name) });

    private async Task SubmitAsync(int port)
    {
        int[] sizes = [1024, 300 * 1024, 1024, 100 * 1024];
        try
        {
            await using var conversation = await SmtpConversation.ConnectAsync(port);
            foreach (var size in sizes)
            {
                var message = TestMessage.Create(_ledger.NextTestId(), size);
                if (await conversation.SubmitAsync(message) is { IsPositive: true })
                    _ledger.Acknowledge(message.TestId);
            }
        }
        catch (IOException)
        {
            // Killed.
        }
    }
}
