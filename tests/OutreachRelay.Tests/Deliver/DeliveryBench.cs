using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;

namespace OutreachRelay.Tests.Deliver;

/// <summary>Delivery without a process around it: a store on disk, the schedule and its workers. Upstreams are scripted.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    private readonly string _directory;
    private readonly SqliteStore _store;
    private readonly UpstreamWorkers _workers;
    private readonly RelayState _relay;
    private readonly Rotation _rotation;
    private readonly QueueFeed _feed;
    private readonly TimeProvider _time;

    private DeliveryBench(string directory, SqliteStore store, RelayModel model, TimeProvider time, TimeProvider sessionTime)
    {
        (_directory, _store, _time) = (directory, store, time);
        var relay = new RelayState(model, time);
        var parts = new RotationParts(time, store);
        Schedule = new Schedule(relay, store, parts.Rotation, parts.Gates, parts.Budgets, time);
        (_relay, _rotation) = (relay, parts.Rotation);
        store.CountersCommitted = parts.Ledger.Publish;
        // It stops in real time, whatever time the rest has.
        var attempts = new AttemptParts(store, relay, Schedule, parts, time, sessionTime, TimeProvider.System);
        (Health, Refusals, Suppressions, _workers) = (attempts.Health, attempts.Refusals, attempts.Suppressions, attempts.Workers);
        Health.Start();
        _feed = new QueueFeed(store, Schedule, relay, parts.Rotation, parts.Due, time, NullLogger<QueueFeed>.Instance);
        Schedule.Apply(model);
    }

    public Schedule Schedule { get; }

    public SenderStanding Standing(string senderKey) => _rotation.Standing(_relay.Model, senderKey)!.Value;

    public SenderHealth Health { get; }
    public SenderRefusals Refusals { get; }
    public SuppressionParts Suppressions { get; }
    public IStore Store => _store;

    /// <param name="senders">Addresses of the one direction's senders.</param>
    public static Task<DeliveryBench> StartAsync(string[] senders, params UpstreamModel[] upstreams) =>
        StartAsync(TimeProvider.System, TimeProvider.System, senders, upstreams);

    /// <param name="sessionTime">What sessions measure their patience on.</param>
    public static Task<DeliveryBench> StartAsync(TimeProvider time, TimeProvider sessionTime, string[] senders, params UpstreamModel[] upstreams) => StartAsync(
        time, sessionTime, Models.Relay(Models.Client(Models.Direction(Models.Pool([.. senders.Select(address => Models.Sender(address))]), upstreams))));

    public static async Task<DeliveryBench> StartAsync(TimeProvider time, TimeProvider sessionTime, RelayModel model)
    {
        var directory = Directory.CreateTempSubdirectory("outreach-deliver-").FullName;
        var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = directory }, time, NullLogger<SqliteStore>.Instance);
        return new DeliveryBench(directory, store, model, time, sessionTime);
    }

    public static Task<DeliveryBench> StartAsync(params UpstreamModel[] upstreams) => StartAsync(["a@x.example"], upstreams);

    /// <summary>Accepts a message and offers it to the schedule.</summary>
    /// <returns>The entry's id.</returns>
    public async Task<long> SubmitAsync(string sender = "a@x.example", string body = "hello\r\n", bool needsSmtpUtf8 = false, string recipient = "to@y.example") =>
        (await SubmitAsync(sender, body, needsSmtpUtf8, [recipient]))[0];

    /// <summary>Accepts a message for several recipients: all of its entries are offered before any is tried.</summary>
    public Task<long[]> SubmitToAsync(params string[] recipients) => SubmitAsync("a@x.example", "hello\r\n", false, recipients);

    private async Task<long[]> SubmitAsync(string sender, string body, bool needsSmtpUtf8, string[] recipients)
    {
        var now = _time.GetUtcNow();
        var content = Encoding.UTF8.GetBytes("From: crm@client.example\r\nSubject: hello\r\n\r\n" + body);
        var candidate = new SenderCandidate(sender, DateOnly.FromDateTime(now.UtcDateTime), now, []);
        var accepted = await _store.AcceptAsync(new AcceptRequest
        {
            Client = "acme",
            Direction = "cold",
            ReversePath = "crm@client.example",
            ReceivedAt = now,
            ExpiresAt = now.AddDays(1),
            Received = _ => "Received: by relay.example.com\r\n"u8.ToArray(),
            Content = content,
            Length = content.Length,
            NeedsSmtpUtf8 = needsSmtpUtf8,
            Has8Bit = !Ascii.IsValid(content),
            OriginalMessageId = null,
            DuplicateWindow = TimeSpan.Zero,
            Groups = [new EntryGroup([candidate], [.. recipients.Select(to => new EntryDraft(to, to, default, false, null))], now)],
        });
        var taken = Assert.IsType<AcceptResult.Accepted>(accepted);
        Schedule.Offer(taken.Message, taken.Entries);
        return [.. taken.Entries.Select(entry => entry.Id)];
    }

    /// <summary>Waits until an entry is in a state. Parked entries are let try again all the while, as housekeeping does.</summary>
    public async Task<QueueEntry> UntilAsync(long id, EntryState state)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var entry = (await _store.LoadAsync(id, deadline.Token))!.Entry;
            if (entry.State == state)
                return entry;
            Schedule.RetryParked();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>Waits until an entry is in a state after an attempt.</summary>
    public async Task<QueueEntry> UntilSettledAsync(long id, EntryState state)
    {
        QueueEntry entry;
        do
            entry = await UntilAsync(id, state);
        while (entry.LastReply is null);
        return entry;
    }

    /// <summary>Reads what is due from the store, as the feed does.</summary>
    public Task FeedAsync() => _feed.ReadWantedAsync(CancellationToken.None);

    /// <summary>The circumstances of senders as they are kept.</summary>
    public async Task<ImmutableArray<SenderRecord>> ReadSendersAsync() => await _store.ReadSendersAsync(CancellationToken.None);

    public UpstreamState Upstream(string name) => Schedule.Upstreams().Single(state => state.Model.Name == name);

    public async Task<QueueEntry> ReadAsync(long id) => (await _store.LoadAsync(id, CancellationToken.None))!.Entry;

    public async Task<string[]> UpstreamsTriedAsync(long id) =>
        [.. (await _store.ReadAttemptsAsync(id, CancellationToken.None)).Select(attempt => attempt.Upstream)];

    public CircuitState CircuitOf(string upstream) => Upstream(upstream).Health.State;

    public async ValueTask DisposeAsync()
    {
        await _workers.StopAsync(TimeSpan.FromSeconds(5));
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
