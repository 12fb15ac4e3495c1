using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;
using OutreachRelay.Tests.Store.Sqlite;

namespace OutreachRelay.Tests.Outcome.Events;

/// <summary>The events' entrance over a store on disk, with the health that it feeds. The test is the worker that sends.</summary>
internal sealed class EventBench : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly RotationParts _parts;

    private EventBench(DataDirectory directory, SqliteStore store, FakeTime time, RelayModel model)
    {
        (_directory, Store, Time) = (directory, store, time);
        Relay = new RelayState(model, time);
        _parts = new RotationParts(time, store);
        store.CountersCommitted = _parts.Ledger.Publish;
        Health = new SenderHealth(Relay, store, _parts.Ledger, _parts.Rotation, static () => { }, time, NullLogger<SenderHealth>.Instance);
        Health.Start();
        Events = new OutcomeEvents(store, Relay, _parts.Rotation, time, NullLogger<OutcomeEvents>.Instance)
        {
            Suppress = call =>
            {
                Suppressed.Enqueue(call);
                return Task.FromResult(CanSuppress);
            },
            AccountRefused = (upstream, reason) => Refused.Enqueue((upstream, reason)),
        };
    }

    public SqliteStore Store { get; }
    public FakeTime Time { get; }
    public RelayState Relay { get; }
    public SenderHealth Health { get; }
    public OutcomeEvents Events { get; }
    public bool CanSuppress { get; set; } = true;
    public ConcurrentQueue<SuppressCall> Suppressed { get; } = new();
    public ConcurrentQueue<(string Upstream, string Reason)> Refused { get; } = new();

    public static async Task<EventBench> StartAsync(RelayModel? model = null)
    {
        var (directory, time) = (new DataDirectory(), new FakeTime());
        return new EventBench(directory, await directory.OpenAsync(time), time, model ?? Models.Relay(Models.Sender("a@x.example", dailyLimit: 1000)));
    }

    /// <summary>An entry whose attempt at upstream <c>a</c> is running; its token is <c>t</c> and its id.</summary>
    public async Task<long> LeaseAsync(string recipient = "to@y.example")
    {
        var now = Time.GetUtcNow();
        var accepted = Assert.IsType<AcceptResult.Accepted>(await Store.AcceptAsync(new AcceptRequest
        {
            Client = "acme",
            Direction = "cold",
            ReversePath = "crm@client.example",
            ReceivedAt = now,
            ExpiresAt = now.AddDays(1),
            Received = _ => "Received: by relay.example.com\r\n"u8.ToArray(),
            Content = "Subject: hello\r\n\r\n"u8.ToArray(),
            Length = 18,
            NeedsSmtpUtf8 = false,
            Has8Bit = false,
            OriginalMessageId = null,
            DuplicateWindow = TimeSpan.Zero,
            Groups = [new EntryGroup([new SenderCandidate("a@x.example", DateOnly.FromDateTime(now.UtcDateTime), now, [])], [new EntryDraft(recipient, recipient, default, false, null)], now)],
        }));
        var id = accepted.Entries[0].Id;
        await LeaseAgainAsync(id);
        return id;
    }

    public async Task LeaseAgainAsync(long id)
    {
        var lease = await Store.LeaseAsync(new LeaseRequest(id, (await ReadAsync(id)).Epoch, "a", "key", Token(id), "frozen"u8.ToArray(), TimeSpan.FromMinutes(10)));
        Assert.Equal(LeaseOutcome.Leased, lease.Outcome);
    }

    public static string Token(long id) => $"t{id}";

    /// <summary>Ends the attempt as the relay does.</summary>
    public async Task<QueueEntry> SettleAsync(long id, EntryState state)
    {
        var entry = await ReadAsync(id);
        SenderOutcome? outcome = state switch { EntryState.Relayed => SenderOutcome.Relayed, EntryState.Failed => SenderOutcome.HardBounce, _ => null };
        await Store.SettleAsync(new Settlement
        {
            EntryId = id,
            Epoch = entry.Epoch,
            State = state,
            Due = Time.GetUtcNow().AddMinutes(15),
            UsedStep = true,
            Stage = AttemptStage.FinalDot,
            Code = 250,
            Reply = "Ok",
            Count = outcome is { } known ? SenderOutcomes.Counters(SenderOutcomes.CountsOf(known), entry, Relay.Model, _parts.Rotation, Time.GetUtcNow(), isBlocked: false) : [],
        });
        return await ReadAsync(id);
    }

    public async Task<long> SentAsync(EntryState state = EntryState.Relayed, string recipient = "to@y.example")
    {
        var id = await LeaseAsync(recipient);
        await SettleAsync(id, state);
        return id;
    }

    public async Task<QueueEntry> HearAsync(long id, OutcomeKind kind, int minutesAgo = 0, OutcomeCause cause = OutcomeCause.None, string? recipient = "to@y.example")
    {
        Assert.True(await Events.RecordAsync([Heard(id, kind, minutesAgo) with { Cause = cause, Recipient = recipient }]));
        return await ReadAsync(id);
    }

    public OutcomeEvent Heard(long id, OutcomeKind kind, int minutesAgo = 0) => new()
    {
        Kind = kind,
        Time = Time.GetUtcNow().AddMinutes(-minutesAgo),
        Upstream = "a",
        DedupKey = Guid.NewGuid().ToString("n"),
        Correlation = Token(id),
    };

    public async Task<QueueEntry> ReadAsync(long id) => (await Store.LoadAsync(id, CancellationToken.None))!.Entry;

    /// <summary>What is counted of the sender: outcomes, bad ones, complaints.</summary>
    public (long Ended, long Bad, long Complaints) Counted()
    {
        var today = DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);
        return (Of(CounterScope.Outcomes), Of(CounterScope.BadOutcomes), Of(CounterScope.Complaints));

        long Of(CounterScope scope) => _parts.Ledger.Taken(new CounterKey(scope, "a@x.example", today));
    }

    public SenderStanding Standing() => _parts.Rotation.Standing(Relay.Model, "a@x.example")!.Value;

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Dispose();
    }
}
