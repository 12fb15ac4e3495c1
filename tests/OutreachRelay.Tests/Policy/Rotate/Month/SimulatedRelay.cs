using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Store;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Policy.Rotate.Month;

/// <summary>A relay whose upstream takes everything at once, on a clock that the test moves: the door, the store, the schedule and the feed are the real ones.</summary>
internal sealed class SimulatedRelay : IAsyncDisposable
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes(Submissions.Plain);

    private readonly Door _door;
    private readonly QueueFeed _feed;

    private SimulatedRelay(Door door, FakeTime time)
    {
        (_door, Time) = (door, time);
        _feed = new QueueFeed(
            door.Store, door.Schedule, door.Relay, door.Parts.Rotation, door.Parts.Due, time, NullLogger<QueueFeed>.Instance);
    }

    public FakeTime Time { get; }

    /// <summary>What was sent, in order.</summary>
    public List<SentMail> Sent { get; } = [];

    public static async Task<SimulatedRelay> StartAsync(RelayModel model, DateTimeOffset start)
    {
        var time = new FakeTime(start);
        return new SimulatedRelay(await Door.OpenAsync(model, time, inMemory: true), time);
    }

    /// <summary>Submits mails at once, each over a connection of its own.</summary>
    /// <param name="address">Names the client.</param>
    /// <returns>How many were accepted.</returns>
    public async Task<int> SubmitAsync(string address, IEnumerable<string> recipients)
    {
        var replies = await Task.WhenAll(recipients.Select(recipient => _door.Connect(address).SubmitAsync(Content, recipient)));
        Assert.All(replies, reply => Assert.True(reply.Code is 250 or 450, reply.ToString()));
        return replies.Count(reply => reply.IsPositive);
    }

    /// <summary>Moves the clock and lets everything leave that may.</summary>
    public async Task StepAsync(TimeSpan by)
    {
        Time.Advance(by);
        do
            await _feed.ReadWantedAsync(CancellationToken.None);
        while (await SendAsync());
        _door.Schedule.Swept(await _door.Store.SweepAsync(1000, Entries.Units));
    }

    /// <summary>Puts another model in force.</summary>
    public void Reload(RelayModel model)
    {
        _door.Relay.Replace(model);
        _door.Schedule.Apply(model);
    }

    /// <summary>What still waits.</summary>
    public Task<QueueEntry[]> WaitingAsync() => _door.AllEntriesAsync();

    public long Queued => _door.Store.Counts.Queued;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    // What an attempt does with an upstream that takes everything.
    private async Task<bool> SendAsync()
    {
        var ready = new List<ReadyEntry>();
        while (_door.Started.TryDequeue(out var started))
            ready.Add(started);
        var leased = await Task.WhenAll(ready.Select(LeaseAsync));
        await Task.WhenAll(leased.Where(attempt => attempt.Epoch > 0).Select(attempt => SettleAsync(attempt.Entry, attempt.Epoch)));
        return ready.Count > 0;
    }

    private async Task<(ReadyEntry Entry, int Epoch)> LeaseAsync(ReadyEntry ready)
    {
        var (gates, model, entry) = (_door.Parts.Gates, _door.Relay.Model, ready.Entry);
        var standing = _door.Parts.Rotation.Standing(model, entry.Sender);
        if (DueDecision.Decide(entry, model, standing, Time.GetUtcNow()).Action != DueAction.Send)
        {
            _door.Schedule.Deferred(ready, Time.GetUtcNow(), wasTried: false);
            return (ready, 0);
        }
        var terms = gates.Terms(model, entry);
        var lease = await _door.Store.LeaseAsync(
            new LeaseRequest(entry.Id, entry.Epoch, "a", "a", "c", "f"u8.ToArray(), TimeSpan.FromMinutes(10)) { Claims = terms.Claims, Sent = terms.Sent });
        if (lease.Outcome != LeaseOutcome.Leased)
        {
            _door.Schedule.Deferred(ready, Time.GetUtcNow(), wasTried: false);
            return (ready, 0);
        }
        gates.NoteSent(model, entry, terms.Sent!.Value);
        return (ready, lease.Epoch);
    }

    private async Task SettleAsync(ReadyEntry ready, int epoch)
    {
        var entry = ready.Entry;
        lock (Sent)
            Sent.Add(new SentMail(Time.GetUtcNow(), entry.Client, entry.Direction, entry.Sender!, entry.Recipient, entry.Rank, entry.UnitDate!.Value, entry.CreatedAt));
        var settled = await _door.Store.SettleAsync(new Settlement
        {
            EntryId = entry.Id,
            Epoch = epoch,
            State = EntryState.Relayed,
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "",
        });
        Assert.Equal(SettleOutcome.Settled, settled.Outcome);
        _door.Schedule.Finished(ready);
    }
}

/// <param name="UnitDate">The sender's local date that it was counted on.</param>
internal sealed record SentMail(
    DateTimeOffset At, string Client, string Direction, string Sender, string Recipient, EntryRank Rank, DateOnly UnitDate, DateTimeOffset Arrived);
