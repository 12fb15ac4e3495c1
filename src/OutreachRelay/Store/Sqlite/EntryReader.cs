namespace OutreachRelay.Store.Sqlite;

/// <summary>How an entry is read, on any connection.</summary>
internal static class EntryReader
{
    internal const int ColumnCount = 27;

    internal const string Columns = """
        e.id, e.place, e.client, e.direction, r.key, e.spelling, e.sender, e.unit_date, e.state, m.accepted_at, e.due, e.expires_at,
        e.attempts, e.epoch, e.upstream, e.maybe_sent, e.rank, e.unit_used, e.not_before,
        ended.reply, ended.stage, ended.code, e.outcome, e.outcome_at, e.counted, m.score, m.flags
        """;

    /// <summary>What stands beside an entry <c>e</c>: its message, its recipient, and its last attempt that has ended, if any.</summary>
    internal const string Joins = """
        JOIN message m ON m.id = e.id - e.place JOIN recipient r ON r.id = e.recipient_id
        LEFT JOIN attempt ended ON ended.entry_id = e.id
          AND ended.number = (SELECT a.number FROM attempt a WHERE a.entry_id = e.id AND a.ended_at IS NOT NULL ORDER BY a.number DESC LIMIT 1)
        """;

    internal const string Tables = "entry e " + Joins;

    internal static QueueEntry Read(Execution row, Func<long, string> name) => new()
    {
        Id = row.Int64(0),
        MessageId = row.Int64(0) - row.Int64(1),
        Client = name(row.Int64(2)),
        Direction = name(row.Int64(3)),
        Recipient = row.Text(5) ?? row.Text(4)!,
        Sender = row.IsNull(6) ? null : name(row.Int64(6)),
        UnitDate = row.IsNull(7) ? null : DateOnly.FromDayNumber(row.Int32(7)),
        State = (EntryState)row.Int32(8),
        CreatedAt = Time(row.Int64(9)),
        Due = Time(row.Int64(10)),
        ExpiresAt = Time(row.Int64(11)),
        Attempts = row.Int32(12),
        Epoch = row.Int32(13),
        Upstream = row.IsNull(14) ? null : name(row.Int64(14)),
        MaybeSent = row.Int32(15) != 0,
        Rank = (EntryRank)row.Int32(16),
        UnitUsed = row.Int32(17) != 0,
        NotBefore = row.OptionalInt64(18) is { } time ? Time(time) : null,
        LastReply = row.Text(19),
        LastStage = row.IsNull(20) ? null : (AttemptStage)row.Int32(20),
        LastCode = row.Int32(21),
        Outcome = Outcome(row, 22),
        Score = row.OptionalDouble(25),
        KeepsAuthor = (row.Int32(26) & MessageTable.KeepsAuthor) != 0,
    };

    /// <summary>Reads outcome, its time and what was counted, in columns from <paramref name="first"/> on.</summary>
    internal static EntryOutcome? Outcome(Execution row, int first) => row.IsNull(first) ? null
        : new EntryOutcome((OutcomeKind)row.Int32(first), Time(row.Int64(first + 1)), (OutcomeCounts)row.Int32(first + 2));

    internal static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    /// <summary>The time as the store keeps it: whole milliseconds, UTC.</summary>
    internal static DateTimeOffset Kept(DateTimeOffset time) => Time(time.ToUnixTimeMilliseconds());
}
