using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;
using OutreachRelay.Store;
using OutreachRelay.Store.Sqlite;
using OutreachRelay.Tests.Store.Sqlite;

namespace OutreachRelay.Tests.Receive;

/// <summary>The way of a message from the door to the schedule, put together as the relay does, over a real store in a directory of its own.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly Func<SqliteStoreOptions, SqliteStoreOptions> _configure;

    private Door(RelayModel model, TimeProvider time, DataDirectory directory, Func<SqliteStoreOptions, SqliteStoreOptions> configure)
    {
        (Time, _directory, _configure) = (time, directory, configure);
        Relay = new RelayState(model, time);
        Logins = new LoginThrottle(time, NullLogger<LoginThrottle>.Instance);
        Rates = new ClientRates(time);
    }

    public TimeProvider Time { get; }
    public RelayState Relay { get; }
    public LoginThrottle Logins { get; }
    public ClientRates Rates { get; }
    public SqliteStore Store { get; private set; } = null!;
    public BudgetLedger Ledger { get; private set; } = null!;
    public AssignmentCache Assignments { get; private set; } = null!;
    public Schedule Schedule { get; private set; } = null!;
    public RotationParts Parts { get; private set; } = null!;
    public SenderHealth Health { get; private set; } = null!;
    public SuppressionParts Suppressions { get; private set; } = null!;
    public MessageReceiver Receiver { get; private set; } = null!;
    private ExternalScorers Scorers { get; set; } = null!;

    /// <summary>Entries that a worker was started for.</summary>
    public ConcurrentQueue<ReadyEntry> Started { get; } = new();

    /// <summary>What the receiver logged, from Information on.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public string[] Spooled => Directory.GetFiles(Store.IncomingDirectory);
    public string[] Kept => Directory.GetFiles(Path.Combine(_directory.Path, "content"), "*", SearchOption.AllDirectories);

    public static Task<Door> OpenAsync(params SenderModel[] senders) => OpenAsync(Models.Relay(senders is [] ? [Models.Sender("ann@x.example")] : senders));

    public static async Task<Door> OpenAsync(
        RelayModel model, TimeProvider? time = null, Func<SqliteStoreOptions, SqliteStoreOptions>? configure = null, bool inMemory = false)
    {
        var door = new Door(model, time ?? new FakeTime(), new DataDirectory(inMemory), configure ?? (options => options));
        await door.StartAsync();
        return door;
    }

    /// <summary>What a restart does: memory is empty, the disk is as it was.</summary>
    public async Task RestartAsync()
    {
        await Store.DisposeAsync();
        await StartAsync();
    }

    /// <summary>A client connection from an address.</summary>
    public SubmissionSession Connect(string remote = "127.0.0.1") => new(Receiver, Relay, Logins, Rates, Time, IPAddress.Parse(remote));

    /// <summary>A login whose refusal is held back for a while.</summary>
    public async Task<SmtpReply> FailToLogInAsync(SubmissionSession session, string username, string password)
    {
        var login = session.LogInAsync(username, password).AsTask();
        ((FakeTime)Time).Advance(TimeSpan.FromSeconds(5));
        return await login;
    }

    /// <summary>One message over a connection of its own.</summary>
    /// <returns>The reply to its content, or to the first command that was refused.</returns>
    public Task<SmtpReply> SubmitAsync(string content, params string[] recipients) => SubmitAsync(Encoding.UTF8.GetBytes(content), recipients);

    public Task<SmtpReply> SubmitAsync(byte[] content, params string[] recipients) => Connect().SubmitAsync(content, recipients);

    /// <summary>A message that must be accepted; its entries, in the order of the recipients.</summary>
    public async Task<QueueEntry[]> AcceptAsync(string content, params string[] recipients) => await EntriesAsync(await SubmitAsync(content, recipients));

    public async Task<QueueEntry[]> EntriesAsync(SmtpReply reply)
    {
        var id = Submissions.IdOf(reply);
        return [.. (await Store.ListAsync(new EntryFilter { Id = id, Limit = 1000 }, CancellationToken.None)).Entries];
    }

    public async Task<QueueEntry[]> AllEntriesAsync() => [.. (await Store.ListAsync(new EntryFilter { Limit = 1000 }, CancellationToken.None)).Entries];

    public async Task<StoredMessage> MessageAsync(long entry) => (await Store.LoadAsync(entry, CancellationToken.None))!.Message;

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Scorers.Dispose();
        _directory.Dispose();
    }

    private async Task StartAsync()
    {
        Store = await _directory.OpenAsync(Time, _configure(_directory.Options));
        (Ledger, Assignments) = (new BudgetLedger(), new AssignmentCache());
        Store.CountersCommitted = Ledger.Publish;
        Ledger.Publish(await Store.ReadCountersAsync(
            DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime).AddDays(-2 - BudgetLedger.OutcomeDays), CancellationToken.None));
        Ledger.Load(await Store.ReadSendersAsync(CancellationToken.None));
        Parts = new RotationParts(Time, Store, Ledger, Assignments);
        Schedule = new Schedule(Relay, Store, Parts.Rotation, Parts.Gates, Parts.Budgets, Time) { StartWorker = (_, entry) => Started.Enqueue(entry) };
        Parts.Room.Yielded = Schedule.Expect;
        Schedule.Apply(Relay.Model);
        Health = new SenderHealth(Relay, Store, Ledger, Parts.Rotation, Schedule.Rescan, Time, NullLogger<SenderHealth>.Instance);
        Health.Start();
        Scorers = new ExternalScorers(Time, NullLogger<ExternalScorers>.Instance);
        var scorer = new ContentScorer(Scorers, Time, NullLogger<ContentScorer>.Instance);
        Suppressions = new SuppressionParts(Store, Relay, Time);
        await Suppressions.Book.LoadAsync(CancellationToken.None);
        Receiver = new MessageReceiver(
            Store, scorer, Parts.Rotation, Assignments, Parts.Room, Schedule, Suppressions.Book, Store.IncomingDirectory, Time, new Lines(Log));
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILogger<MessageReceiver>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));
    }
}
