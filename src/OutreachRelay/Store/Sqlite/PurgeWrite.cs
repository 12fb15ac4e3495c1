namespace OutreachRelay.Store.Sqlite;

/// <summary>Removes the content of messages that ended a while ago, and everything of those beyond their retention.</summary>
internal sealed class PurgeWrite(TimeSpan retention, int limit, EntryIds ids, Action<string> deleteFile) : Write<int>
{
    // Long enough to look at a message that has just ended; content is most of what the store holds.
    private static readonly TimeSpan ContentRetention = TimeSpan.FromHours(1);

    // Counters of long ago matter to nobody; a year serves reports.
    private const int CounterDays = 400;

    // How long a recipient without traffic keeps its sender, and a thread its messages.
    private static readonly TimeSpan AssignmentRetention = TimeSpan.FromDays(180);

    // Recipients looked at in one write.
    private const int ForgottenSlice = 1000;

    private readonly List<string> _files = [];
    private int _changed;

    internal override void Apply(WriteSession session)
    {
        _files.Clear();
        _changed = 0;
        PurgeContent(session);
        PurgeRows(session);
        Forget(session);
        session.ForgetCounters(DateOnly.FromDateTime(EntryReader.Time(session.Now).UtcDateTime).AddDays(-CounterDays));
        // With the highest rows gone, this is what keeps their ids from being given again.
        if (_changed > 0)
            session.WriteMeta(MetaKeys.LastId, ids.Last);
    }

    internal override void Publish(WriteSession session)
    {
        foreach (var file in _files)
            deleteFile(file);
        Complete(_changed);
    }

    internal override void Refuse(StoreHealth health) => Complete(0);

    private void PurgeContent(WriteSession session)
    {
        var until = session.Now - (long)ContentRetention.TotalMilliseconds;
        var cursor = (session.ReadMeta(MetaKeys.ContentPurgedAt), session.ReadMeta(MetaKeys.ContentPurgedMessage));
        var finished = new List<(long At, long MessageId)>();
        session.History.ListFinished(cursor, until, limit, finished);
        foreach (var (_, messageId) in finished)
            DeleteContent(session, messageId);
        if (finished.Count == 0)
            return;
        session.WriteMeta(MetaKeys.ContentPurgedAt, finished[^1].At);
        session.WriteMeta(MetaKeys.ContentPurgedMessage, finished[^1].MessageId);
        _changed += finished.Count;
    }

    private void PurgeRows(WriteSession session)
    {
        var kept = Math.Max((long)retention.TotalMilliseconds, session.LongestDuplicateWindow);
        var finished = new List<(long At, long MessageId)>();
        session.History.ListFinished((long.MinValue, 0), session.Now - kept, limit - _changed, finished);
        foreach (var (at, messageId) in finished)
        {
            var entries = session.Messages.CountEntries(messageId);
            DeleteContent(session, messageId);
            session.History.Delete(at, messageId, entries);
            session.Entries.Delete(messageId, entries);
            session.Messages.Delete(messageId);
        }
        _changed += finished.Count;
    }

    private void Forget(WriteSession session)
    {
        var before = session.Now - (long)AssignmentRetention.TotalMilliseconds;
        var after = session.ReadMeta(MetaKeys.ForgottenUntil);
        var next = session.Forgotten.ForgetRecipients(after, ForgottenSlice, before);
        if (next != after)
            session.WriteMeta(MetaKeys.ForgottenUntil, next);
        session.Forgotten.ForgetSentIds(EntryIds.Least(before), ForgottenSlice);
        session.Told.Forget(session.Now - (long)retention.TotalMilliseconds);
        session.Suppressions.Forget(session.Now, session.Now - (long)SoftBounceRule.LongestSpan.TotalMilliseconds, ForgottenSlice);
    }

    private void DeleteContent(WriteSession session, long messageId)
    {
        if (session.Messages.DeleteContent(messageId, out var file) && file is not null)
            _files.Add(file);
    }
}

/// <summary>Keys of the table <c>meta</c>.</summary>
internal static class MetaKeys
{
    internal const string LastId = "last_id";

    /// <summary>The recipient up to which the last slice of the walk over all of them went.</summary>
    internal const string ForgottenUntil = "forgotten_until";
    internal const string ContentPurgedAt = "content_purged_at";
    internal const string ContentPurgedMessage = "content_purged_message";

    /// <summary>See <see cref="StoreMark"/>.</summary>
    internal const string Mark = "mark";

    /// <summary>When what waited in a restored database was held; 0 when none of that is held any more.</summary>
    internal const string RestoredAt = "restored_at";

    /// <summary>When the writer last opened the database; writing it proves that the disk takes writes.</summary>
    internal const string OpenedAt = "opened_at";
}
