using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Outcome.Suppression;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Score;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Receive;

/// <summary>Turns complete content into a message on disk, or into a reply that says why not.</summary>
/// <remarks>
/// <list type="number">
/// <item>Bound and check the content: 550 5.6.0, or 554 5.4.6 for a loop; 451 or 452 when the disk did not take it.</item>
/// <item>Find the direction: the client's default, or the one it may name: 550 5.7.1, as for an author who belongs to another client.</item>
/// <item>Policy: score the content: 550 5.7.1, or 451 4.7.1 while a scorer that must be asked is silent. Then rank the senders that could carry it:
/// 450 4.4.5 when none could before it expires.</item>
/// <item>Accept in one transaction: 451 or 452 when it does not commit, or what steps 3 and 4 read cannot be read. A conflict goes back to step 3.</item>
/// <item>250 with the queue id: from here the message is ours (RFC 5321 §6.1), and it goes to the schedule.</item>
/// </list>
/// </remarks>
public sealed partial class MessageReceiver(
    IStore store, ContentScorer scorer, Rotation rotation, AssignmentCache assignments, DayRoom room, Schedule schedule, SuppressionBook suppressions,
    string incomingDirectory, TimeProvider time, ILogger<MessageReceiver> logger)
{
    // A conflict means that another message won; each round some message does.
    private const int MaxConflicts = 16;

    // Of the days that a first mail may wait, the last third is not given away at acceptance.
    private const int ReservedShare = 3;

    // Identifiers of each field that are looked up, the nearest in the thread.
    private const int MostThreadIds = 10;

    private static readonly SmtpReply NoRoom = new(450, 4, 4, 5, "No sender has room for this message before it would expire");
    private static readonly SmtpReply Contended = new(451, 4, 3, 0, "Too much contention, try again");
    private static readonly SmtpReply NotKept = new(451, 4, 3, 0, "The message cannot be written at the moment");
    private static readonly SmtpReply NotRead = new(451, 4, 3, 0, "The queue cannot be read at the moment");

    private static readonly SmtpReply NotYours = new(550, 5, 7, 1, "Not allowed");

    private static readonly SmtpReply NotRotated =
        new(550, 5, 7, 1, "A notification, an automatic reply or a signed message is relayed only from an own sender");

    public string IncomingDirectory => incomingDirectory;

    public StoreHealth StoreHealth => store.Health;

    /// <summary>Told of messages that came with DKIM signatures, once they are accepted. Must not wait.</summary>
    public Action<StoredMessage> CameSigned { get; init; } = static _ => { };

    /// <summary>Whether a recipient whose local part is not ASCII can be reached through any of a client's upstreams, as far as is known.</summary>
    public bool MayCarrySmtpUtf8(ClientModel client) => schedule.MayCarrySmtpUtf8(client);

    /// <summary>Why a client may not mail a recipient: 550 5.7.1 that names the reason of its suppression, or 451 when that cannot be read; <see langword="null"/> when it may.</summary>
    /// <remarks>What holds for one direction alone is only looked at here when the client cannot choose another; its entries are dropped before their attempt.</remarks>
    public async ValueTask<SmtpReply?> RefuseSuppressedAsync(ClientModel client, Mailbox recipient, CancellationToken cancel)
    {
        try
        {
            var direction = client.ControlHeaders ? null : client.DefaultDirection.Name;
            return await suppressions.FindAsync(client.Name, direction, recipient, cancel) is { } suppression ? SuppressionText.Reply(suppression) : null;
        }
        catch (StoreUnavailableException e)
        {
            Log.NotRead(logger, e);
            return SubmissionSession.StoreReply(store.Health) ?? NotRead;
        }
    }

    /// <summary>Runs steps 1 to 5. Not cancellable: once the content is complete, the commit ends whatever becomes of the session.</summary>
    public async ValueTask<SmtpReply> ReceiveAsync(Submission submission, ContentSpool spool)
    {
        try
        {
            return await TakeAsync(submission, spool);
        }
        catch (StoreUnavailableException e)
        {
            // A read failed before anything was written; a write says so by its result.
            Log.NotRead(logger, e);
            return Refuse(submission, "store", SubmissionSession.StoreReply(store.Health) ?? NotRead);
        }
    }

    private async ValueTask<SmtpReply> TakeAsync(Submission submission, ContentSpool spool)
    {
        var started = time.GetTimestamp();
        var model = submission.Model;

        // :: Step 1: bound and check.
        // One octet more than a header section may have: a longer one must not look like one that ends there.
        if (await spool.CompleteAsync(HeaderLimits.Default.MaxSize + 1, CancellationToken.None) is not { } content)
        {
            Log.NotKept(logger, spool.Failure);
            return Refuse(submission, "store", SubmissionSession.StoreReply(store.Health) ?? NotKept);
        }
        if (MessageCheck.Check(content.Memory, model.Hostname, HeaderLimits.Default, out var facts) is { } refusal)
            return Refuse(submission, refusal.Code == 554 ? "loop" : "content", refusal);

        // :: Step 2: direction.
        var direction = FindDirection(submission.Client, facts!);
        if (direction is null)
            return Refuse(submission, "direction", NotYours);

        if (Array.Exists(facts!.Authors, author => ClientDirectory.IsOfAnother(model, submission.Client, author)))
        {
            Log.ForeignAuthor(logger, submission.Client.Name);
            return Refuse(submission, "foreign", NotYours);
        }
        var received = time.GetUtcNow();
        var sendTime = SendTime.Decide(submission.Client, direction, facts, received);
        if (sendTime.Refusal is { } untimely)
            return Refuse(submission, "send_at", untimely);

        // :: Step 3: score.
        var verdict = await ScoreAsync(submission, direction, facts, content);
        if (verdict is { Action: ScoreAction.Refuse or ScoreAction.RefuseForNow })
            return Refuse(submission, verdict);

        // :: Steps 3 and 4: rank and accept, until the store agrees.
        var author = facts!.Author?.Key;
        var isOwnSender = author is not null && Rotation.IsOf(model, submission.Client, author);
        // RFC 5321 §4.5.5: what has a null reverse-path is a notification, and tells of its author's mail, not of another sender's.
        var keepsAuthor = facts.KeepsAuthor || submission.ReversePath is null;
        // Nobody else may send it, so what no upstream of the direction may carry would wait until it expires.
        if (keepsAuthor && !(isOwnSender && direction.CanCarry(model.Senders[author!])))
            return Refuse(submission, "author", NotRotated);
        var request = new RotationRequest
        {
            Model = model,
            Direction = direction,
            Only = keepsAuthor ? author : null,
            Preferred = isOwnSender ? author : null,
            Thread = keepsAuthor ? null : await FindThreadAsync(submission.Client, direction, facts),
            Recipients = Digest.Recipients(submission, facts.MessageId, content.Hash.Span),
            NotBefore = sendTime.NotBefore ?? DateTimeOffset.MinValue,
            Expires = (sendTime.NotBefore ?? received) + model.Delivery.Expire,
            Reserve = model.Delivery.Expire / ReservedShare,
            Priority = Priority(submission.Client, facts),
        };
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var ranking = time.GetTimestamp();
            using var plan = rotation.Plan(request, conflicts);
            ReceiveMetrics.Ranked(time.GetElapsedTime(ranking));
            if ((!plan.HasRoom || !plan.Crowded.IsEmpty) && await FindRepetitionAsync(model, request) is { } first)
                return Repeated(submission, first);
            if (await MakeRoomAsync(request, plan))
                continue;
            if (!plan.HasRoom)
                return Refuse(submission, "sender", NoRoom);

            var accepting = time.GetTimestamp();
            var result = await store.AcceptAsync(Request(submission, direction, facts, content, received, request, plan, verdict));
            switch (result)
            {
                case AcceptResult.Accepted accepted:
                    // :: Step 5.
                    ReceiveMetrics.Stored(time.GetElapsedTime(accepting));
                    ReceiveMetrics.Accepted(content.Length, time.GetElapsedTime(started));
                    spool.FilePath = null;
                    Publish(submission.Client, plan, accepted);
                    if (facts.HasDkimSignature)
                        CameSigned(accepted.Message);
                    Log.Accepted(logger, QueueId.Format(accepted.Message.Id), submission.Client.Name, direction.Name, content.Length, accepted.Entries.Length);
                    Tell(accepted.Message.Id, verdict);
                    return Queued(accepted.Message.Id);
                case AcceptResult.Duplicate duplicate:
                    return Repeated(submission, duplicate.Id);
                case AcceptResult.Unavailable unavailable:
                    return Refuse(submission, "store", SubmissionSession.StoreReply(unavailable.Health) ?? Contended);
                case AcceptResult.Conflict conflict:
                    ReceiveMetrics.Conflicted();
                    foreach (var (recipient, sender) in conflict.Assignments)
                        assignments.Set(submission.Client.Name, recipient, sender);
                    break;
            }
        }
        return Refuse(submission, "conflict", Contended);
    }

    // RFC 5321 §4.5.5: what has a null reverse-path, and a report, tells of other mail and quotes it.
    private async ValueTask<ScoreVerdict?> ScoreAsync(Submission submission, DirectionModel direction, MessageFacts facts, SpooledContent content) =>
        submission.Model.Policy.Score is not { } model || submission.ReversePath is null || facts.IsReport ? null
            : await scorer.ScoreAsync(new ScoreRequest(
                model, submission.Client.Name, direction.Name, content.Memory, content.File is null, submission.ReversePath.ToString(),
                submission.Recipients.ConvertAll(static recipient => recipient.ToString()))
            {
                AddsUnsubscribe = direction.AddsUnsubscribe,
            });

    private static SmtpReply Queued(long id) => new(250, 2, 0, 0, "queued as " + QueueId.Format(id));

    private static DirectionModel? FindDirection(ClientModel client, MessageFacts facts) =>
        client.ControlHeaders && facts.DirectionHeader is { } name ? client.Directions.GetValueOrDefault(name) : client.DefaultDirection;

    private static MailPriority Priority(ClientModel client, MessageFacts facts) =>
        client.ControlHeaders && Enum.TryParse<MailPriority>(facts.PriorityHeader, ignoreCase: true, out var priority) && Enum.IsDefined(priority)
            ? priority
            : MailPriority.Normal;

    // The thread goes before the recipient: what it answers was sent by somebody.
    private async ValueTask<string?> FindThreadAsync(ClientModel client, DirectionModel direction, MessageFacts facts)
    {
        if (direction.Pool.Sticky == Stickiness.Off || (facts.InReplyTo.Length == 0 && facts.References.Length == 0))
            return null;
        ImmutableArray<string> nearestFirst = [.. facts.InReplyTo.Take(MostThreadIds), .. facts.References.Reverse().Take(MostThreadIds)];
        return await store.ReadThreadSenderAsync(client.Name, nearestFirst, CancellationToken.None);
    }

    // What is here already needs no room: who did not hear of our 250 is to hear it now, and nobody gives way.
    private ValueTask<long?> FindRepetitionAsync(RelayModel model, RotationRequest request) => store.FindRepetitionAsync(
        [.. request.Recipients.Select(static recipient => new DigestedRecipient(recipient.Key, recipient.Digest))], model.Policy.DuplicateWindow);

    private SmtpReply Repeated(Submission submission, long id)
    {
        Log.Repeated(logger, QueueId.Format(id), submission.Client.Name);
        return Queued(id);
    }

    // A follow-up does not wait for another day because first mails hold the calendar.
    private async ValueTask<bool> MakeRoomAsync(RotationRequest request, RotationPlan plan)
    {
        foreach (var crowded in plan.Crowded)
        {
            if (request.Only is null && await room.MakeAsync(request.Model, request.Direction.Client, crowded))
                return true;
        }
        return false;
    }

    private static AcceptRequest Request(
        Submission submission, DirectionModel direction, MessageFacts facts, SpooledContent content, DateTimeOffset received,
        RotationRequest request, RotationPlan plan, ScoreVerdict? verdict) => new()
        {
            Client = submission.Client.Name,
            Direction = direction.Name,
            ReversePath = submission.ReversePath?.ToString(),
            ReceivedAt = received,
            ExpiresAt = request.Expires,
            NotBefore = request.NotBefore > received ? request.NotBefore : null,
            Received = id => ReceivedField.Build(submission.TraceSource, submission.Model.Hostname, submission.Protocol, QueueId.Format(id), received),
            // A copy: a slice would keep 256 KiB in memory for as long as the entries wait.
            Content = content.File is null ? content.Memory : content.Memory[..facts.HeaderLength].ToArray(),
            ContentFile = content.File,
            Length = content.Length,
            NeedsSmtpUtf8 = submission.Recipients.Exists(recipient => recipient.NeedsUtf8) || (submission.SmtpUtf8 && facts.HeaderHas8Bit),
            Has8Bit = content.Has8Bit,
            KeepsAuthor = request.Only is not null,
            OriginalMessageId = facts.MessageId,
            DuplicateWindow = submission.Model.Policy.DuplicateWindow,
            Groups = verdict is { Action: ScoreAction.Hold } ? [.. plan.Groups.Select(Held)] : plan.Groups,
            Score = verdict is null ? null : new MessageScore(verdict.Score, verdict.FindingsJson),
            Hold = verdict is { Action: ScoreAction.Hold } ? verdict.Reason : null,
            Committed = plan.Dispose,
        };

    // Held entries own no unit; the sender stays, as bound to recipient, thread or author.
    private static EntryGroup Held(EntryGroup group) =>
        group.Candidates is [var first, ..] ? group with { Candidates = [first with { Date = null, Claims = [] }] } : group;

    private void Publish(ClientModel client, RotationPlan plan, AcceptResult.Accepted accepted)
    {
        foreach (var draft in plan.Groups.SelectMany(group => group.Entries).Where(draft => draft.Sticky))
        {
            if (accepted.Entries.FirstOrDefault(entry => entry.Recipient == draft.Recipient) is { Sender: { } sender })
                assignments.Set(client.Name, draft.RecipientKey, sender);
        }
        if (accepted.Entries is not [{ State: EntryState.Held }, ..])
            schedule.Offer(accepted.Message, accepted.Entries);
    }

    private SmtpReply Refuse(Submission submission, ScoreVerdict verdict)
    {
        Log.Scored(logger, submission.Client.Name, verdict.Score, string.Join(", ", verdict.Findings.Select(static finding => finding.Rule)));
        // The reasons quote the message: the client may read them, the log may not.
        var isFinal = verdict.Action == ScoreAction.Refuse;
        ReceiveMetrics.Rejected(isFinal ? "score" : "scorer");
        return isFinal ? new SmtpReply(550, 5, 7, 1, verdict.Reason) : new SmtpReply(451, 4, 7, 1, verdict.Reason);
    }

    private void Tell(long id, ScoreVerdict? verdict)
    {
        if (verdict is not { Action: ScoreAction.Tag or ScoreAction.Hold })
            return;
        var rules = string.Join(", ", verdict.Findings.Select(static finding => finding.Rule));
        Log.Tagged(logger, QueueId.Format(id), verdict.Action == ScoreAction.Hold ? "held" : "tagged", verdict.Score, rules);
    }

    private SmtpReply Refuse(Submission submission, string reason, SmtpReply reply)
    {
        ReceiveMetrics.Rejected(reason);
        Log.Refused(logger, submission.Client.Name, reply);
        return reply;
    }

    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "{QueueId}: accepted from {Client} for {Direction}, {Octets} octets, {Entries} recipients")]
        public static partial void Accepted(ILogger logger, string queueId, string client, string direction, long octets, int entries);

        [LoggerMessage(1001, LogLevel.Information, "{QueueId}: sent again by {Client}, accepted once")]
        public static partial void Repeated(ILogger logger, string queueId, string client);

        [LoggerMessage(1002, LogLevel.Information, "Refused a message of {Client}: {Reply}")]
        public static partial void Refused(ILogger logger, string client, SmtpReply reply);

        // Not the address: who reads this client's lines is not to learn of the other's.
        [LoggerMessage(1004, LogLevel.Warning, "{Client} named a sender of another client as the author")]
        public static partial void ForeignAuthor(ILogger logger, string client);

        [LoggerMessage(1006, LogLevel.Information, "Refused a message of {Client} with a score of {Score}: {Rules}")]
        public static partial void Scored(ILogger logger, string client, double score, string rules);

        [LoggerMessage(1007, LogLevel.Information, "{QueueId}: {Action} with a score of {Score}: {Rules}")]
        public static partial void Tagged(ILogger logger, string queueId, string action, double score, string rules);

        [LoggerMessage(1005, LogLevel.Error, "The store could not be read")]
        public static partial void NotRead(ILogger logger, Exception failure);

        [LoggerMessage(1003, LogLevel.Error, "Content could not be written to the incoming directory")]
        public static partial void NotKept(ILogger logger, Exception? failure);
    }
}
