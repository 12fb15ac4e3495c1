using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
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

    private DeliveryBench(string directory, SqliteStore store, RelayModel model)
    {
        (_directory, _store) = (directory, store);
        var time = TimeProvider.System;
        var relay = new RelayState(model, time);
        var parts = new RotationParts(time, store);
        Schedule = new Schedule(relay, store, parts.Rotation, parts.Gates, parts.Budgets, time);
        (_relay, _rotation) = (relay, parts.Rotation);
        store.CountersCommitted = parts.Ledger.Publish;
        new SenderHealth(relay, store, parts.Ledger, parts.Rotation, Schedule.Rescan, time, NullLogger<SenderHealth>.Instance).Start();
        var outcomes = new AttemptOutcomes(store, Schedule, parts.Rotation, time, NullLogger<AttemptOutcomes>.Instance);
        var attempt = new DeliveryAttempt(
            store, relay, Schedule, parts.Rotation, parts.Gates, parts.Budgets, parts.Due, new UpstreamSessions(time), outcomes,
            new RecipientMask(RecipientLogging.Full, new byte[32]), time, NullLogger<DeliveryAttempt>.Instance);
        _workers = new UpstreamWorkers(Schedule, attempt, outcomes, time, NullLogger<UpstreamWorkers>.Instance);
        Schedule.StartWorker = _workers.Start;
        Schedule.Apply(model);
    }

    public Schedule Schedule { get; }

    public SenderStanding Standing(string senderKey) => _rotation.Standing(_relay.Model, senderKey)!.Value;

    /// <param name="senders">Addresses of the one direction's senders.</param>
    public static async Task<DeliveryBench> StartAsync(string[] senders, params UpstreamModel[] upstreams)
    {
        var model = Models.Relay(Models.Client(Models.Direction(Models.Pool([.. senders.Select(address => Models.Sender(address))]), upstreams)));
        var directory = Directory.CreateTempSubdirectory("outreach-deliver-").FullName;
        var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = directory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
        return new DeliveryBench(directory, store, model);
    }

    public static Task<DeliveryBench> StartAsync(params UpstreamModel[] upstreams) => StartAsync(["a@x.example"], upstreams);

    /// <summary>Accepts a message for <c>to@y.example</c> and offers it to the schedule.</summary>
    /// <returns>The entry's id.</returns>
    public async Task<long> SubmitAsync(string sender = "a@x.example", string body = "hello\r\n", bool needsSmtpUtf8 = false) =>
        (await SubmitAsync(sender, body, needsSmtpUtf8, ["to@y.example"]))[0];

    /// <summary>Accepts a message for several recipients: all of its entries are offered before any is tried.</summary>
    public Task<long[]> SubmitToAsync(params string[] recipients) => SubmitAsync("a@x.example", "hello\r\n", false, recipients);

    private async Task<long[]> SubmitAsync(string sender, string body, bool needsSmtpUtf8, string[] recipients)
    {
        var now = TimeProvider.System.GetUtcNow();
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

    public async Task<QueueEntry> ReadAsync(long id) => (await _store.LoadAsync(id, CancellationToken.None))!.Entry;

    public async Task<string[]> UpstreamsTriedAsync(long id) =>
        [.. (await _store.ReadAttemptsAsync(id, CancellationToken.None)).Select(attempt => attempt.Upstream)];

    public CircuitState CircuitOf(string upstream) => Schedule.Upstreams().Single(state => state.Model.Name == upstream).Health.State;

    public async ValueTask DisposeAsync()
    {
        await _workers.StopAsync(TimeSpan.FromSeconds(5));
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
