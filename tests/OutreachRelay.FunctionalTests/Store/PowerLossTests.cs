using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Store;

namespace OutreachRelay.FunctionalTests.Store;

/// <summary>
/// The promise of the 250, where the machine loses power: what the relay did to its data directory is recorded, and played again to many
/// moments at which a disk may have kept nothing, something or everything of what was not flushed.
/// </summary>
public sealed class PowerLossTests : IDisposable
{
    private const int Clients = 3;
    private const int MessagesOfClient = 6;
    private const int Lives = 2;
    private const int StartEvery = 9;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    // Of the moments at which something changed that is not flushed; at each flush and before each reply a state is made in any case.
    private static readonly int EveryNth = Environment.GetEnvironmentVariable("TORTURE_ROUNDS") is null ? 30 : 1;

    private static readonly int Seed = Environment.TickCount;
    private readonly Random _random = new(Seed);
    private readonly Promises _promises = new();
    private readonly SurvivingData _left = new();
    private readonly List<string> _complaints = [];
    private int _states;
    private int _started;

    public void Dispose() => _left.Dispose();

    [Fact]
    public async Task PowerLostAtAnyMoment_WhatWasAcknowledgedIsThereAndWhatWasSentIsKnown()
    {
        Requires.Program("strace");
        using var logs = new TemporaryDirectory();
        await using var sink = new SinkServer();
        sink.OnRecipient = recipient => HasToWait(recipient) ? new SinkAction.Reply("451 4.3.0 later") : null;
        await using var relay = new RelayProcess(Config(sink));
        for (var life = 0; life < Lives; life++)
            await RecordAsync(relay, sink, logs.Combine($"life{life}"), $"life{life}n");

        var disk = new SimulatedDisk(Path.GetDirectoryName(relay.DataDirectory)!);
        for (var life = 0; life < Lives; life++)
        {
            foreach (var moment in new DiskLog(disk).Play(File.ReadLines(logs.Combine($"life{life}"))))
                await LoseAsync(disk, moment);
        }

        var summary = $"seed {Seed}: {_states} states of {disk.Now} changes, {_promises.Acknowledged.Count} acknowledged, {_promises.Sent.Count} sent, {_started} started";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(_complaints is [], $"{_complaints.Count} complaints with seed {Seed}:\n{string.Join('\n', _complaints.Take(20))}");
        Assert.Equal(Lives * Clients * MessagesOfClient, _promises.Acknowledged.Count);
        Assert.Equal(_promises.Acknowledged.Count / StartEvery, _started);
    }

    /// <summary>If the moment is one of those, loses power there in each way.</summary>
    private async Task LoseAsync(SimulatedDisk disk, DiskMoment moment)
    {
        var isPromise = moment is DiskMoment.Sending sending && Note(sending.Text, _promises);
        if (!isPromise && moment is not DiskMoment.Flushed && !(moment is DiskMoment.Changed && _random.Next(EveryNth) == 0))
            return;
        foreach (var (kept, survivors) in Losses(_random))
        {
            _states++;
            await _left.WriteAsync(disk.LosePower(survivors));
            if (await _left.JudgeAsync(_promises) is { } complaint)
                _complaints.Add($"change {disk.Now}, {moment.GetType().Name}, {kept} kept, {_promises.Acknowledged.Count} acknowledged: {complaint}");
        }
        if (_promises.Acknowledged.Count < StartEvery * (_started + 1))
            return;
        _started++;
        await StartAsync();
    }

    /// <summary>Starts the relay itself on what was left; everything that no upstream confirmed must arrive.</summary>
    private async Task StartAsync()
    {
        await using var sink = new SinkServer();
        var unfinished = new StoredEntries(_left.Data).Unfinished();
        await using var relay = await RelayProcess.StartAsync(Config(sink) with { DataDirectory = _left.Data });
        await relay.UntilIdleAsync(Deadline);
        var arrived = sink.Messages.SelectMany(message => message.Recipients).ToHashSet(StringComparer.Ordinal);
        _complaints.AddRange(unfinished.Where(recipient => !arrived.Contains(recipient)).Select(recipient => $"start {_started}: {recipient} did not arrive"));
        Assert.Equal(0, await relay.StopAsync(Deadline));
    }

    private static RelayConfig Config(SinkServer sink) =>
        new() { Upstreams = [new("sink", sink.Port)], Retry = $"[{string.Join(", ", Enumerable.Repeat("\"1s\"", 60))}]" };

    private static IEnumerable<(string Kept, Func<int, int> Survivors)> Losses(Random random) =>
    [
        ("nothing", _ => 0),
        ("something", count => random.Next(3) switch { 0 => 0, 1 => count, _ => random.Next(count + 1) }),
        ("everything", count => count),
    ];

    /// <summary>One life of the relay, with mail, from start to stop.</summary>
    private static async Task RecordAsync(RelayProcess relay, SinkServer sink, string log, string idPrefix)
    {
        await relay.StartAsync(["strace", "-D", .. DiskLog.Options, "-o", log]);
        var messages = Enumerable.Range(0, Clients * MessagesOfClient)
            .Select(i => TestMessage.Create($"{idPrefix}{i}", size: i % MessagesOfClient == 1 ? 300 * 1024 : 1024)).ToList();
        await Task.WhenAll(messages.Chunk(MessagesOfClient).Select(async chunk =>
        {
            foreach (var message in chunk)
                await relay.SubmitAsync(message);
        }));
        var arriving = messages.Where(message => !HasToWait(message.Recipient)).ToList();
        await Wait.UntilAsync(() => arriving.TrueForAll(message => sink.CountOf(message.TestId) == 1), Deadline, () => $"not all arrived:\n{relay.Log}");
        Assert.Equal(0, await relay.StopAsync(Deadline));
    }

    // A third of the mail stays in the queue.
    private static bool HasToWait(string recipient) => recipient[recipient.IndexOf('@') - 1] % 3 == 0;

    /// <returns>Whether it is a promise.</returns>
    private static bool Note(string sent, Promises promises)
    {
        if (LineAfter(sent, "250 2.0.0 queued as ") is { } queueId)
            return QueueId.TryParse(queueId, out var id) && promises.Acknowledged.Add(id);
        return LineAfter(sent, "X-Test-Id: ") is { } testId && promises.Sent.Add($"prospect-{testId}@dest.example");
    }

    /// <summary>What is between these words and the end of their line.</summary>
    private static string? LineAfter(string text, string words)
    {
        var at = text.IndexOf(words, StringComparison.Ordinal);
        return at < 0 ? null : text[(at + words.Length)..].Split('\r', 2)[0];
    }
}
