using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Writes a message with its entries, units and assignments.</summary>
/// <param name="id">The message's id; its entries take the ids from there on.</param>
/// <param name="received">The <c>Received</c> field.</param>
/// <param name="file">The content's file, flushed and in its place; relative to the content directory.</param>
/// <param name="discard">Removes such a file when no row came to refer to it.</param>
internal sealed class AcceptWrite(
    AcceptRequest request, long id, ReadOnlyMemory<byte> received, string? file, string? filePath, Action<string> discard) : Write<AcceptResult>
{
    // An assignment in use is written again this often, so that age tells which ones are not.
    private static readonly long RefreshAfter = (long)TimeSpan.FromDays(7).TotalMilliseconds;

    // Who holds what is held from the start.
    private const string Who = "score";

    private readonly EntryState _state = request.Hold is null ? EntryState.Queued : EntryState.Held;
    private AcceptPlan? _plan;
    private long _acceptedAt;

    internal override int Size => request.Content.Length;

    internal override bool Begins => true;

    /// <summary>It was part of a group, so that it may be on disk even if its commit failed.</summary>
    internal bool WasTried => _plan is not null;

    internal override void Apply(WriteSession session)
    {
        // 1. Look: nothing is written before all is known.
        _plan = null;
        if (request.Notifies is { } about && !session.MayNotify(about))
            return;
        var lane = new Lane(session.Names.Intern(request.Client), session.Names.Intern(request.Direction));
        _plan = AcceptPlan.Make(session, request, lane.Client);
        _acceptedAt = session.Now;
        session.LongestDuplicateWindow = Math.Max(session.LongestDuplicateWindow, (long)request.DuplicateWindow.TotalMilliseconds);
        if (_plan.IsConflict)
        {
            // No need to wait for the commit: should it fail, these values are too high until the true ones are told after it.
            Complete(_plan.Conflict);
            return;
        }
        if (_plan.Entries.Count == 0)
            return;

        // 2. Message and content.
        session.Messages.Insert(id, request, _plan.Entries.Count, session.Now, received.Span);
        session.Messages.InsertContent(id, file, request.Content.Span);

        // 3. Entries and assignments.
        for (var place = 0; place < _plan.Entries.Count; place++)
            Insert(session, lane, place, _plan.Entries[place]);

        // 4. Units.
        _plan.Budget.Take();

        // 5. That it was told of.
        if (request.Notifies is { } told)
            session.Events.AddNotice(told, session.Now, "DSN queued as " + QueueId.Format(id));
    }

    internal override void Committed()
    {
        if (!Answered)
            request.Committed?.Invoke();
    }

    internal override void Publish(WriteSession session)
    {
        if (_plan is null)
            Complete(new AcceptResult.Duplicate(request.Notifies!.Value));
        else if (_plan.Entries.Count == 0)
            // Only now: the first acceptance may be in the same group.
            Complete(new AcceptResult.Duplicate(_plan.FirstRepetition));
        else
            Complete(new AcceptResult.Accepted(Message(), MakeEntries(), Counters(session)));
    }

    internal override void Refuse(StoreHealth health) => Complete(new AcceptResult.Unavailable(health));

    // If it is there after all, it stays: the client will send again and be told the first id, or the recipient gets it twice, never none.
    internal override void Reconcile(WriteSession session)
    {
        if (file is not null && session.Messages.CountEntries(id) == 0)
            discard(file);
    }

    private void Insert(WriteSession session, Lane lane, int place, in AcceptPlan.PlannedEntry entry)
    {
        var recipient = entry.Recipient;
        if (recipient == 0 && place > 0)
            recipient = session.People.Find(entry.Draft.RecipientKey);
        if (recipient == 0)
            recipient = session.People.Add(entry.Draft.RecipientKey);
        long? sender = entry.Candidate is null ? null : session.Names.Intern(entry.Candidate.Sender);
        session.Entries.Insert(
            id + place, place, lane, recipient, entry.Draft, entry.Rank, sender, entry.Candidate?.Date?.DayNumber,
            entry.Due.ToUnixTimeMilliseconds(), request.ExpiresAt.ToUnixTimeMilliseconds(), request.NotBefore?.ToUnixTimeMilliseconds());
        session.Move(null, _state);
        if (request.Hold is { } reason)
            Hold(session, id + place, reason);
        if (entry.Draft.Sticky && sender is { } taken && (taken != entry.Bound || entry.BoundAt < session.Now - RefreshAfter))
            session.People.Assign(lane.Client, recipient, taken, session.Now);
    }

    private void Hold(WriteSession session, long entry, string reason)
    {
        session.Entries.Set(entry, _state, session.Now, usedStep: false, maybeSent: false, unitsReturned: false);
        session.History.AddEvent(session.Now, entry, StoreEventKind.Hold, Who, reason);
    }

    private StoredMessage Message() => new()
    {
        Id = id,
        Client = request.Client,
        Direction = request.Direction,
        ReversePath = request.ReversePath,
        ReceivedAt = EntryReader.Kept(request.ReceivedAt),
        Received = received,
        Content = request.Content,
        ContentFile = filePath,
        Length = request.Length,
        NeedsSmtpUtf8 = request.NeedsSmtpUtf8,
        Has8Bit = request.Has8Bit,
    };

    private ImmutableArray<QueueEntry> MakeEntries()
    {
        var entries = ImmutableArray.CreateBuilder<QueueEntry>(_plan!.Entries.Count);
        foreach (var planned in _plan.Entries)
        {
            entries.Add(new QueueEntry
            {
                Id = id + entries.Count,
                MessageId = id,
                Client = request.Client,
                Direction = request.Direction,
                Recipient = planned.Draft.Recipient,
                Sender = planned.Candidate?.Sender,
                UnitDate = planned.Candidate?.Date,
                State = _state,
                CreatedAt = EntryReader.Time(_acceptedAt),
                Due = EntryReader.Kept(planned.Due),
                ExpiresAt = EntryReader.Kept(request.ExpiresAt),
                NotBefore = request.NotBefore is { } time ? EntryReader.Kept(time) : null,
                UnitUsed = false,
                Rank = planned.Rank,
                MaybeSent = false,
                Attempts = 0,
                Epoch = 0,
                Upstream = null,
                LastReply = null,
                Score = request.Score?.Score,
                KeepsAuthor = request.KeepsAuthor,
            });
        }
        return entries.MoveToImmutable();
    }

    private ImmutableArray<CounterValue> Counters(WriteSession session) =>
        [.. _plan!.Budget.Taken.Select(key => new CounterValue(key, session.Counters.Get(key)))];
}
