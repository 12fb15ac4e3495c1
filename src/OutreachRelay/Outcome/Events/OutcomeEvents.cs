using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Events;

/// <summary>
/// The one entrance for what is heard of mails that have left, whoever tells it: provider webhooks, and mail that came back. Each event is stored
/// once; it settles its entry, counts for the health of its sender, domain and direction, and keeps its recipient from being mailed again.
/// </summary>
public sealed partial class OutcomeEvents
{
    private const int MatchedAtOnce = 200;
    private const int DroppedAtOnce = 500;

    // A refusal of our account that is older says nothing of today.
    private static readonly TimeSpan RecentRefusal = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan UnknownKept = TimeSpan.FromDays(7);

    private readonly IStore _store;
    private readonly RelayState _relay;
    private readonly Rotation _rotation;
    private readonly TimeProvider _time;
    private readonly ILogger<OutcomeEvents> _logger;

    // Matched events whose suppression is not on disk yet, of one round at most. Neither the store nor their source tells them again: while the store
    // is away they wait here, and a crash before they are asked for again loses these suppressions.
    private readonly Queue<RecordedEvent> _unsuppressed = [];

    public OutcomeEvents(IStore store, RelayState relay, Rotation rotation, TimeProvider time, ILogger<OutcomeEvents> logger)
    {
        (_store, _relay, _rotation, _time, _logger) = (store, relay, rotation, time, logger);
        store.Judge = Judge;
    }

    /// <summary>
    /// Keeps a recipient from being mailed again; told again when an event comes again, so it must not mind. Answers whether that is on disk. Set once,
    /// before the first event.
    /// </summary>
    public Func<SuppressCall, Task<bool>> Suppress { get; set; } = static _ => Task.FromResult(true);

    /// <summary>Told that a provider has just refused to send for our account's sake, with the upstream's name and the provider's words. Set once.</summary>
    public Action<string, string> AccountRefused { get; set; } = static (_, _) => { };

    /// <summary>Records what was heard. The same events may be given again, in parallel too: each has its effect once.</summary>
    /// <returns>Whether all of it is on disk; otherwise whoever told it must tell it again.</returns>
    public async Task<bool> RecordAsync(ImmutableArray<OutcomeEvent> events) => await TellAsync(events) is not null;

    /// <summary>As <see cref="RecordAsync"/>, for whoever wants to know what became of each.</summary>
    /// <returns>In the order of the events; <see langword="null"/> when not all of it is on disk.</returns>
    public async Task<ImmutableArray<RecordedEvent>?> TellAsync(ImmutableArray<OutcomeEvent> events)
    {
        var now = _time.GetUtcNow();
        // A clock that is wrong must not outrank what is true for ever.
        if (events.Any(heard => heard.Time > now))
            events = [.. events.Select(heard => heard.Time > now ? heard with { Time = now } : heard)];
        if (await _store.RecordAsync(events) is not { } recorded)
            return null;
        var areKept = true;
        foreach (var one in recorded)
            areKept &= await FollowAsync(one);
        return areKept ? recorded : null;
    }

    /// <summary>Finds the entries of events that came before their ids were known, and lets go of those that have waited for long. Called every few seconds.</summary>
    public async Task TickAsync()
    {
        while (_unsuppressed.TryPeek(out var waiting))
        {
            if (!await SuppressAsync(waiting.Event, waiting.Entry!, isNews: true))
                return;
            _unsuppressed.Dequeue();
        }
        foreach (var matched in await _store.MatchAsync(MatchedAtOnce))
        {
            if (!await FollowAsync(matched))
                _unsuppressed.Enqueue(matched);
        }
        var dropped = await _store.DropUnmatchedAsync(_relay.Model.Delivery.InDoubtWait, UnknownKept, DroppedAtOnce);
        OutcomeMetrics.DroppedUnmatched(dropped);
    }

    /// <summary>What follows from an event beside what the store has written.</summary>
    private async Task<bool> FollowAsync(RecordedEvent recorded)
    {
        var (heard, entry) = (recorded.Event, recorded.Entry);
        if (recorded.As != RecordedAs.Repetition)
            OutcomeMetrics.Heard(heard, recorded.As);
        if (recorded.As == RecordedAs.Refused)
            Log.Refused(_logger, heard.Upstream ?? StoreEvent.Mail);
        if (entry is null)
            return true;
        if (recorded.As == RecordedAs.News)
        {
            Log.Heard(_logger, QueueId.Format(entry.Id), heard.Upstream ?? StoreEvent.Mail, heard.Kind, entry.State);
            if (heard is { Kind: OutcomeKind.Dropped, Cause: OutcomeCause.Account, Upstream: { } upstream } && _time.GetUtcNow() - heard.Time < RecentRefusal)
                AccountRefused(upstream, heard.Reason);
        }
        return await SuppressAsync(heard, entry, isNews: recorded.As == RecordedAs.News);
    }

    // News of somebody else's address, to which the recipient's mail goes on, say nothing certain of the recipient's own. A repetition is told
    // again, because the first may have been recorded only so far; but soft bounces are numbered, and one is not two.
    private async Task<bool> SuppressAsync(OutcomeEvent heard, QueueEntry entry, bool isNews)
    {
        if (OutcomeRule.SuppressFor(heard) is not { } reason || (reason == SuppressionReason.SoftBounce && !isNews) || !IsAbout(heard, entry))
            return true;
        return await Suppress(new SuppressCall(entry.Client, entry.Recipient, reason, heard.Upstream ?? StoreEvent.Mail, heard.Time));
    }

    private static bool IsAbout(OutcomeEvent heard, QueueEntry entry) => heard.Recipient is null
        || (Mailbox.TryParse(heard.Recipient, out var told, out _) && Mailbox.TryParse(entry.Recipient, out var own, out _) && told.Key == own.Key);

    // On the store's writer.
    private OutcomeRuling Judge(QueueEntry entry, OutcomeEvent heard)
    {
        var before = OutcomeRule.CountedOf(entry);
        var folded = OutcomeRule.Fold(entry.Outcome, heard.Kind, heard.Time, before);
        var state = OutcomeRule.StateOf(entry, folded.Kind);
        var counts = OutcomeRule.CountsOf(heard, state) & ~before;
        return new OutcomeRuling(state, folded with { Counted = before | counts }, SenderOutcomes.Counters(counts, entry, _relay.Model, _rotation, _time.GetUtcNow(), heard.Kind == OutcomeKind.Blocked));
    }

    private static partial class Log
    {
        [LoggerMessage(8000, LogLevel.Information, "{QueueId}: {Source} tells {Kind}; it is {State}")]
        public static partial void Heard(ILogger logger, string queueId, string source, OutcomeKind kind, EntryState state);

        [LoggerMessage(8001, LogLevel.Warning, "{Source} tells of mail that is not known here, and so many such events are kept that this one is only counted")]
        public static partial void Refused(ILogger logger, string source);
    }
}
