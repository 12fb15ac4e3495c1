using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>One attempt to hand an entry to an upstream.</summary>
/// <remarks>
/// <list type="number">
/// <item>Load the entry with its message, unless it has just been accepted and is at hand; where it is signed, with the hash of its body.</item>
/// <item>Have a session ready, of the credential that the sender's domain needs. None: the entry goes elsewhere, uncounted.</item>
/// <item>Unless its recipient has come to be suppressed, lease: the attempt's row and, the first time, the frozen rendering are on disk before anything is sent.</item>
/// <item>Render and sign: a pure function of the stored original and what was frozen.</item>
/// <item>Send: MAIL, RCPT, DATA; what happens is a value.</item>
/// <item>Settle: decide, tell the upstream's health, and write.</item>
/// </list>
/// </remarks>
public sealed partial class DeliveryAttempt(
    IStore store, RelayState relay, Schedule schedule, Rotation rotation, SenderGates gates, UpstreamBudgets budgets, DueEntries due,
    UpstreamSessions sessions, BodyHashes bodies, AttemptJudge judge, UpstreamObserver observer, AttemptOutcomes outcomes, SuppressionBook suppressions,
    UnsubscribeLinks links, TokenRing tokens, RecipientMask mask, TimeProvider time, ILogger<DeliveryAttempt> logger)
{
    // How long a worker rests when the store does not take its lease.
    private static readonly TimeSpan StoreRest = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs steps 1 to 6. The schedule gets the entry back in every case.</summary>
    public async Task RunAsync(UpstreamState upstream, ReadyEntry ready, CancellationToken cancel)
    {
        // The attempt ends on the models it captures here, whatever is reloaded meanwhile.
        var (model, upstreamModel) = (relay.Model, upstream.Model);

        // :: Step 1: load.
        var loaded = ready.Message is { } message
            ? new LoadedEntry(ready.Entry, message, default)
            : await store.LoadAsync(ready.Entry.Id, cancel);
        if (loaded is null || loaded.Entry.Epoch != ready.Entry.Epoch || loaded.Entry.State != ready.Entry.State)
        {
            // It was changed meanwhile; what memory holds of it is of no use.
            PutBack(upstream, ready);
            return;
        }
        var decision = DueDecision.Decide(loaded.Entry, model, rotation.Standing(model, loaded.Entry.Sender), time.GetUtcNow());
        if (decision.Action != DueAction.Send)
        {
            if (decision.Action != DueAction.Redate)
                Log.NotSent(logger, QueueId.Format(ready.Entry.Id), decision.Action, decision.Reason);
            if (await due.ApplyAsync(decision, model, loaded.Entry) is { } changed)
                schedule.Expect(changed);
            PutBack(upstream, ready);
            return;
        }
        // It may have waited for a worker until its window was over.
        if (loaded.Entry.Sender is { } sender && !gates.AskRetry(model, sender).IsOpen)
        {
            PutBack(upstream, ready);
            return;
        }
        var frozen = loaded.Frozen.IsEmpty ? await FreezeAsync(model, loaded, cancel) : FrozenRendering.Deserialize(loaded.Frozen.Span);
        // Before a session waits for it, and before a lease: a body that cannot be read is not in doubt.
        var signing = await PrepareSigningAsync(model, loaded.Message, frozen, cancel);

        // :: Step 2: session.
        var credential = upstreamModel.CredentialFor(frozen.From?.AsciiDomain ?? "");
        if (upstream.Resting.Contains(credential))
        {
            observer.Return(upstream, ready);
            schedule.GiveBack(ready, upstreamModel.Name);
            return;
        }
        var (session, opening) = await sessions.RentAsync(upstream, upstreamModel, credential, model, cancel);
        try
        {
            if (session is null)
            {
                FailedToOpen(model, upstream, ready, credential, opening);
                return;
            }

            // :: Step 3: lease.
            var entry = loaded.Entry;
            if (await suppressions.FindAsync(entry, cancel) is { } suppression)
            {
                await DropAsync(model, upstream, ready, suppression);
                return;
            }
            var terms = gates.Terms(model, entry);
            schedule.Leave(upstream, ready);
            var lease = await store.LeaseAsync(new LeaseRequest(
                entry.Id, entry.Epoch, upstreamModel.Name, session.Credential, frozen.Token,
                loaded.Frozen.IsEmpty ? frozen.Serialize() : default, LeaseRenewal.Duration)
            {
                Claims = [.. terms.Claims, .. budgets.Claims(upstreamModel)],
                Sent = terms.Sent,
            });
            if (lease.Outcome != LeaseOutcome.Leased)
            {
                await NotLeasedAsync(upstream, ready, lease.Outcome, cancel);
                return;
            }

            if (terms.Sent is { } mark)
                gates.NoteSent(model, entry, mark);

            // :: Step 4: render and sign.
            var rendered = MessageRenderer.Render(loaded.Message, frozen, upstreamModel, signing);
            DeliverMetrics.Signed(signing);

            // :: Step 5: send. A pooled session that its server has closed is replaced once; that is no other attempt.
            var started = time.GetTimestamp();
            var renewal = new LeaseRenewal(store, entry.Id, lease.Epoch, time);
            SmtpResult result;
            try
            {
                var hadCarried = session.HasCarried;
                result = await session.SendAsync(frozen.ReversePath, frozen.Recipient, rendered, QueueId.Format(entry.Id), cancel);
                if (AttemptVerdict.WasStale(result, hadCarried))
                {
                    await session.DisposeAsync();
                    (session, result) = await sessions.OpenAsync(upstream, upstreamModel, credential, model, cancel);
                    if (session is not null)
                        result = await session.SendAsync(frozen.ReversePath, frozen.Recipient, rendered, QueueId.Format(entry.Id), cancel);
                }
            }
            catch
            {
                await renewal.DisposeAsync();
                throw;
            }
            var took = time.GetElapsedTime(started);
            DeliverMetrics.Attempted(upstreamModel.Name, result.Stage, took);
            observer.NoteTime(upstream, took, loaded.Message.Length);

            // :: Step 6: settle. The write is on its way in the order of the writes; the session does not wait for the disk.
            // Only a failure asks who else there is: a success does not wait for the schedule's lock.
            var seen = judge.Judge(model, upstream, credential, ready, result);
            var context = new AttemptContext(
                entry.Attempts, entry.MaybeSent, IsLastResort: result.Answered && !result.Succeeded && !schedule.HasAlternative(ready, upstreamModel.Name))
            {
                MayFitElsewhere = !result.Succeeded && schedule.MayFitElsewhere(ready, upstreamModel.Name),
                Asked = seen.Asked,
            };
            var verdict = AttemptVerdict.Decide(seen.Meaning, context, model.Delivery, time.GetUtcNow());
            Log.Attempted(
                logger, QueueId.Format(entry.Id), mask.Mask(frozen.Recipient), entry.Sender ?? "", upstreamModel.Name, result.Stage,
                verdict.State, Describe(result), verdict.Meaning.RuleId, verdict.Meaning.Bounce);
            observer.Observe(seen);
            outcomes.Settle(new AttemptEnd(model, upstreamModel.Name, ready, entry, lease.Epoch, frozen.MessageId, result, verdict), renewal);
        }
        finally
        {
            await upstream.Sessions.ReturnAsync(session, upstreamModel);
        }
    }

    // The entry is unharmed, whatever a rule says: nothing of it was looked at.
    private void FailedToOpen(RelayModel model, UpstreamState upstream, ReadyEntry ready, CredentialModel? credential, SmtpResult result)
    {
        var seen = judge.Judge(model, upstream, credential, ready, result);
        Log.NotOpened(logger, QueueId.Format(ready.Entry.Id), upstream.Model.Name, result.Stage, Describe(result), seen.Meaning.RuleId);
        observer.Observe(seen);
        schedule.GiveBack(ready, upstream.Model.Name);
    }

    private async Task NotLeasedAsync(UpstreamState upstream, ReadyEntry ready, LeaseOutcome outcome, CancellationToken cancel)
    {
        if (outcome is LeaseOutcome.Gone || (outcome == LeaseOutcome.Full && budgets.HasRoom(upstream.Model)))
        {
            PutBack(upstream, ready);
            return;
        }
        observer.Return(upstream, ready);
        if (outcome == LeaseOutcome.Full)
        {
            schedule.GiveBackFull(ready, upstream);
            return;
        }
        await Task.Delay(StoreRest, time, cancel);
        schedule.GiveBack(ready, null);
    }

    // Who opted out while the mail waited does not get it.
    private async Task DropAsync(RelayModel model, UpstreamState upstream, ReadyEntry ready, SuppressionRecord suppression)
    {
        await due.DropAsync(model, ready.Entry, SuppressionText.Event(suppression));
        SuppressionMetrics.EntryDropped(suppression.Reason);
        Log.Suppressed(logger, QueueId.Format(ready.Entry.Id), suppression.Reason);
        observer.Return(upstream, ready);
        schedule.Deferred(ready, time.GetUtcNow(), wasTried: ready.Entry.Rank == EntryRank.Tried, unitReturned: true);
    }

    // A remote text may repeat the recipient's address.
    private string Describe(SmtpResult result) => mask.MaskIn(result.Summary);

    // Nothing was begun: the lane is read again and sorts out what is left.
    private void PutBack(UpstreamState upstream, ReadyEntry ready)
    {
        observer.Return(upstream, ready);
        schedule.Deferred(ready, time.GetUtcNow(), wasTried: ready.Entry.Rank == EntryRank.Tried);
    }

    private async ValueTask<FrozenRendering> FreezeAsync(RelayModel model, LoadedEntry loaded, CancellationToken cancel)
    {
        var entry = loaded.Entry;
        var direction = model.Clients[entry.Client].Directions[entry.Direction];
        var sender = entry.Sender is { } key ? model.Senders[key] : null;
        var domain = sender is null ? null : model.Domains.GetValueOrDefault(sender.Domain);
        var unsubscribe = await links.MakeAsync(model, direction, domain?.ReturnPath, entry, cancel);
        var now = time.GetUtcNow();
        return RenderingFreezer.Freeze(loaded.Message, entry.Recipient, direction, sender, domain, model.Hostname, now, EntryToken.Make(now), tokens.Keys, unsubscribe);
    }

    private async ValueTask<Signing?> PrepareSigningAsync(RelayModel model, StoredMessage message, FrozenRendering frozen, CancellationToken cancel)
    {
        var keys = frozen.From is { } author ? Signing.Choose(frozen, model.Domains.GetValueOrDefault(author.AsciiDomain)) : [];
        return keys.IsEmpty ? null : new Signing(keys, await bodies.OfAsync(message, cancel));
    }

    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Information, "{QueueId}: to {Recipient} from {Sender} by {Upstream}, {Stage}, {State}: {Reply} [{Rule}, bounce {Bounce}]")]
        public static partial void Attempted(
            ILogger logger, string queueId, string recipient, string sender, string upstream, SmtpStage stage, EntryState state, string reply, string rule,
            ReplyBounce bounce);

        [LoggerMessage(2001, LogLevel.Warning, "{QueueId}: no session with {Upstream}, {Stage}: {Reply} [{Rule}]")]
        public static partial void NotOpened(ILogger logger, string queueId, string upstream, SmtpStage stage, string reply, string rule);

        [LoggerMessage(2013, LogLevel.Information, "{QueueId}: dropped, its recipient is suppressed: {Reason}")]
        public static partial void Suppressed(ILogger logger, string queueId, SuppressionReason reason);

        [LoggerMessage(2004, LogLevel.Warning, "{QueueId}: not sent, {Action}: {Reason}")]
        public static partial void NotSent(ILogger logger, string queueId, DueAction action, string reason);
    }
}
