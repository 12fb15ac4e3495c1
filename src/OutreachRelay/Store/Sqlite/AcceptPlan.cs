namespace OutreachRelay.Store.Sqlite;

/// <summary>What an accept will write, worked out before anything is written.</summary>
internal sealed class AcceptPlan
{
    private readonly AcceptRequest _request;
    private readonly WriteSession _session;
    private readonly List<KeyValuePair<string, string?>> _wrongAssignments = [];
    private readonly HashSet<UInt128> _seen = [];

    private AcceptPlan(WriteSession session, AcceptRequest request)
    {
        _session = session;
        _request = request;
        Budget = new BudgetClaims(session.Counters);
    }

    /// <summary>An entry to insert.</summary>
    /// <param name="Recipient">0 when it is not known yet.</param>
    /// <param name="Bound">The interned sender it is bound to, or 0.</param>
    /// <param name="BoundAt">When that was last seen in use.</param>
    internal readonly record struct PlannedEntry(
        EntryDraft Draft, EntryRank Rank, SenderCandidate? Candidate, DateTimeOffset Due, long Recipient, long Bound, long BoundAt);

    internal List<PlannedEntry> Entries { get; } = [];

    internal BudgetClaims Budget { get; }

    /// <summary>The message that brought the first repetition, or 0.</summary>
    internal long FirstRepetition { get; private set; }

    internal bool IsConflict { get; private set; }

    internal AcceptResult.Conflict Conflict =>
        new([.. Budget.Refused.Select(key => new CounterValue(key, _session.Counters.Get(key)))], [.. _wrongAssignments]);

    /// <summary>Leaves out repetitions, checks the assignments, and chooses a candidate for each group.</summary>
    internal static AcceptPlan Make(WriteSession session, AcceptRequest request, long client)
    {
        var plan = new AcceptPlan(session, request);
        foreach (var group in request.Groups)
            plan.Add(group, client);
        plan.IsConflict |= plan._wrongAssignments.Count > 0;
        return plan;
    }

    private void Add(EntryGroup group, long client)
    {
        var first = Entries.Count;
        foreach (var draft in group.Entries)
        {
            var recipient = _session.People.Find(draft.RecipientKey);
            if (IsRepetition(draft, recipient))
                continue;
            var (bound, at) = CheckAssignment(draft, client, recipient);
            Entries.Add(new PlannedEntry(draft, Rank(draft, client, recipient), null, group.UnassignedDue, recipient, bound, at));
        }
        var units = Entries.Count - first;
        if (units == 0 || group.Candidates.IsEmpty)
            return;
        if (Budget.Choose(group.Candidates, units) is not { } candidate)
        {
            IsConflict = true;
            return;
        }
        for (var i = first; i < Entries.Count; i++)
            Entries[i] = Entries[i] with { Candidate = candidate, Due = candidate.Due };
    }

    private bool IsRepetition(EntryDraft draft, long recipient)
    {
        if (_request.DuplicateWindow <= TimeSpan.Zero || draft.Digest.IsEmpty)
            return false;
        if (!_seen.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(draft.Digest.Span)))
            return true;
        var repeated = _session.FindRepetition(recipient, draft.Digest.Span, _request.DuplicateWindow);
        if (FirstRepetition == 0)
            FirstRepetition = repeated;
        return repeated != 0;
    }

    // A follow-up leaves before first mails, but not before the mail that it follows.
    private EntryRank Rank(EntryDraft draft, long client, long recipient) =>
        draft.Rank is >= EntryRank.FollowUpHigh and <= EntryRank.FollowUpLow && recipient != 0 && _session.Entries.AnyWaiting(recipient, client)
            ? draft.Rank + (EntryRank.First - EntryRank.FollowUp)
            : draft.Rank;

    private (long Sender, long At) CheckAssignment(EntryDraft draft, long client, long recipient)
    {
        if (!draft.Sticky)
            return default;
        var (bound, at) = recipient == 0 ? default : _session.People.FindAssignment(client, recipient);
        var sender = bound == 0 ? null : _session.Names.Text(bound);
        if (sender != draft.KnownAssignment)
            _wrongAssignments.Add(new(draft.RecipientKey, sender));
        return (bound, at);
    }
}
