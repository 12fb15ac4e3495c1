using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>An attempt that has ended.</summary>
/// <param name="Model">The model that it was made on.</param>
/// <param name="Entry">As it was before the attempt.</param>
/// <param name="Epoch">Of its lease.</param>
/// <param name="MessageId">What was sent as Message-ID, without brackets.</param>
internal sealed record AttemptEnd(
    RelayModel Model, string Upstream, ReadyEntry Ready, QueueEntry Entry, int Epoch, string? MessageId, SmtpResult Result, AttemptVerdict Verdict);

/// <summary>Writes what became of attempts, and gives their entries back to the schedule.</summary>
public sealed partial class AttemptOutcomes(
    IStore store, Schedule schedule, Rotation rotation, SuppressionBook suppressions, TimeProvider time, ILogger<AttemptOutcomes> logger)
{
    // How long an outcome rests that the store does not take.
    private static readonly TimeSpan StoreRest = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<Task> _settling = [];

    /// <summary>Begins to write an outcome. Returns at once: the write is on its way in the order of the writes.</summary>
    /// <param name="renewal">Keeps the lease until it is written.</param>
    internal void Settle(AttemptEnd end, LeaseRenewal renewal)
    {
        var settling = SettleAsync(end, renewal);
        lock (_settling)
            _settling.Add(settling);
        _ = settling.ContinueWith(
            ended =>
            {
                lock (_settling)
                    _settling.Remove(ended);
            }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Ends when every outcome that is known has been written, or the store is closed.</summary>
    public Task WhenSettledAsync()
    {
        lock (_settling)
            return Task.WhenAll(_settling);
    }

    private async Task SettleAsync(AttemptEnd end, LeaseRenewal renewal)
    {
        await using var _ = renewal;
        var (ready, verdict) = (end.Ready, end.Verdict);
        try
        {
            var isSettled = await WriteAsync(Settlement(end)) == SettleOutcome.Settled;
            if (isSettled)
                DeliverMetrics.Settled(end.Upstream, verdict, time.GetUtcNow() - ready.Entry.CreatedAt);
            if (verdict.GoesElsewhere && isSettled)
                schedule.GoElsewhere(ready, end.Epoch, end.Upstream, unfit: verdict.Meaning.Action == ReplyAction.CannotCarry);
            else
                schedule.Deferred(ready, verdict.Due, unitReturned: verdict.GivesBack, returnsTo: verdict.ReturnsThere ? end.Upstream : null);
        }
        catch (Exception e)
        {
            // The lease stands; when it runs out, the entry is in doubt.
            Log.SettlingBroke(logger, e, QueueId.Format(end.Entry.Id));
            schedule.Deferred(ready, time.GetUtcNow() + LeaseRenewal.Duration);
        }
    }

    // The outcome is known, and a store in trouble must not make it a doubt: it is offered until it is taken. No new attempt begins meanwhile,
    // so as many wait here as sessions were busy.
    private async Task<SettleOutcome> WriteAsync(Settlement settlement)
    {
        var settled = await store.SettleAsync(settlement);
        if (settled.Outcome == SettleOutcome.Unavailable)
            Log.NotSettledYet(logger, QueueId.Format(settlement.EntryId));
        while (settled.Outcome == SettleOutcome.Unavailable && store.Health.Status != StoreStatus.Closed)
        {
            await Task.Delay(StoreRest, time);
            settled = await store.SettleAsync(settlement);
        }
        return settled.Outcome;
    }

    private Settlement Settlement(AttemptEnd end)
    {
        var (entry, result, verdict) = (end.Entry, end.Result, end.Verdict);
        return new Settlement
        {
            EntryId = entry.Id,
            Epoch = end.Epoch,
            State = verdict.State,
            Due = verdict.Due,
            UsedStep = verdict.UsedStep,
            Stage = Stage(result.Stage),
            Code = result.Reply?.Code ?? 0,
            Reply = result.Summary,
            SentMessageId = verdict.State is EntryState.Relayed or EntryState.InDoubt ? end.MessageId : null,
            ProviderId = ProviderId(end),
            GiveBack = verdict.GivesBack ? BudgetKeys.Of(entry with { UnitUsed = entry.UnitDate is not null }, end.Model.RegisteredDomains) : [],
            Count = Counters(end),
            Suppress = Suppress(end),
        };
    }

    private ImmutableArray<CounterKey> Counters(AttemptEnd end) => SenderOutcomes.Of(end.Verdict) is { } outcome
        ? SenderOutcomes.Counters(
            SenderOutcomes.CountsOf(outcome), end.Entry with { Upstream = end.Upstream }, end.Model, rotation, time.GetUtcNow(), outcome == SenderOutcome.Blocked)
        : [];

    // By which its events and answers may name it.
    private static string? ProviderId(AttemptEnd end) => end.Verdict.State == EntryState.Relayed && end.Result.Reply is { } reply
        && end.Model.Upstreams.GetValueOrDefault(end.Upstream)?.Preset?.IdAfter is { } words
            ? ProviderIds.InReply(reply.Text, words)
            : null;

    private SuppressRequest? Suppress(AttemptEnd end) =>
        BounceSuppression.Of(end.Verdict) is { } reason && Mailbox.TryParse(end.Entry.Recipient, out var recipient, out _)
            ? suppressions.Request(
                end.Entry.Client, recipient, reason, $"{QueueId.Format(end.Entry.Id)} at {end.Upstream} [{end.Verdict.Meaning.RuleId}]", time.GetUtcNow())
            : null;

    private static AttemptStage Stage(SmtpStage stage) => stage switch
    {
        SmtpStage.Connect => AttemptStage.Connect,
        SmtpStage.Tls => AttemptStage.Tls,
        SmtpStage.Greeting => AttemptStage.Greeting,
        SmtpStage.Hello => AttemptStage.Hello,
        SmtpStage.Auth => AttemptStage.Auth,
        SmtpStage.Idle or SmtpStage.Mail => AttemptStage.Mail,
        SmtpStage.Rcpt => AttemptStage.Rcpt,
        SmtpStage.Data => AttemptStage.Data,
        SmtpStage.Content => AttemptStage.Content,
        _ => AttemptStage.FinalDot,
    };

    private static partial class Log
    {
        [LoggerMessage(2003, LogLevel.Error, "{QueueId}: the outcome cannot be recorded yet")]
        public static partial void NotSettledYet(ILogger logger, string queueId);

        [LoggerMessage(2005, LogLevel.Error, "{QueueId}: recording the outcome broke off")]
        public static partial void SettlingBroke(ILogger logger, Exception e, string queueId);
    }
}
