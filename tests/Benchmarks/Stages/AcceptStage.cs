using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;
using OutreachRelay.Store.Sqlite;
using OutreachRelay.Tests;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>From MAIL to the reply after the content, without SMTP: suppression, score, rotation, and the commit that many share. Nothing is delivered.</summary>
internal sealed class AcceptStage : IAsyncDisposable
{
    private const int Sessions = 50;

    private readonly StageModel _configured;
    private readonly SqliteStore _store;
    private readonly RelayState _relay;
    private readonly ExternalScorers _scorers = new(TimeProvider.System, NullLogger<ExternalScorers>.Instance);
    private readonly LoginThrottle _logins = new(TimeProvider.System, NullLogger<LoginThrottle>.Instance);
    private readonly ClientRates _rates = new(TimeProvider.System);
    private readonly MessageReceiver _receiver;
    private int _recipients;

    private AcceptStage(StageModel configured, SqliteStore store)
    {
        (_configured, _store) = (configured, store);
        var time = TimeProvider.System;
        _relay = new RelayState(configured.Model, time);
        var parts = new RotationParts(time, store);
        store.CountersCommitted = parts.Ledger.Publish;
        var schedule = new Schedule(_relay, store, parts.Rotation, parts.Gates, parts.Budgets, time) { StartWorker = static (_, _) => { } };
        parts.Room.Yielded = schedule.Expect;
        schedule.Apply(configured.Model);
        Suppressions = new SuppressionBook(store, SuppressionKey.LoadOrCreate(configured.Model.DataDirectory, isNeeded: false), _relay, time, NullLogger<SuppressionBook>.Instance);
        _receiver = new MessageReceiver(
            store, new ContentScorer(_scorers, time, NullLogger<ContentScorer>.Instance), parts.Rotation, parts.Assignments, parts.Room, schedule, Suppressions,
            store.IncomingDirectory, time, NullLogger<MessageReceiver>.Instance);
    }

    private SuppressionBook Suppressions { get; }

    public static async Task<StageFigures> MeasureAsync(int warm, int messages, int size)
    {
        await using var stage = await OpenAsync();
        var content = FullQueue.Content(size);
        return await StageMeter.MeasureAsync(
            "accept", "suppression, score, rotation, commit", warm, messages, count => stage.AcceptAsync(count, content));
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _scorers.Dispose();
        await _configured.DisposeAsync();
    }

    private static async Task<AcceptStage> OpenAsync()
    {
        var configured = new StageModel(sinkPort: 9);
        var store = await SqliteStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = configured.Model.DataDirectory }, TimeProvider.System, NullLogger<SqliteStore>.Instance);
        var stage = new AcceptStage(configured, store);
        await stage.Suppressions.LoadAsync(CancellationToken.None);
        return stage;
    }

    private async Task AcceptAsync(int count, byte[] content)
    {
        var last = _recipients + count;
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Task.Run(async () =>
        {
            var session = new SubmissionSession(_receiver, _relay, _logins, _rates, TimeProvider.System, IPAddress.Loopback);
            while (Interlocked.Increment(ref _recipients) is var i && i <= last)
                await SubmitAsync(session, $"r{i}@dest.example", content);
        })));
        _recipients = last;
    }

    private static async Task SubmitAsync(SubmissionSession session, string recipient, byte[] content)
    {
        Check(await session.MailAsync(new MailCommand(Mailbox("chris@crm.example")), CancellationToken.None));
        Check(await session.RcptAsync(new RcptCommand(Mailbox(recipient)), CancellationToken.None));
        var sink = session.BeginContent();
        sink.Writer.Write(content);
        await sink.FlushAsync(CancellationToken.None);
        Check(await session.EndContentAsync(sink, CancellationToken.None));
        session.Reset();
    }

    private static Mailbox Mailbox(string address) =>
        Protocols.Smtp.Mailbox.TryParse(address, out var mailbox, out var error) ? mailbox : throw new InvalidOperationException(error);

    private static void Check(SmtpReply reply)
    {
        if (!reply.IsPositive)
            throw new InvalidOperationException($"not accepted: {reply}");
    }
}
