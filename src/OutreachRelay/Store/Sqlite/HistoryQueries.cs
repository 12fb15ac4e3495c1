using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Reads of scores, attempts, events, counters and assignments.</summary>
internal static class HistoryQueries
{
    internal static ImmutableArray<AttemptRecord> Attempts(ReadSession session, long entryId)
    {
        using var select = session.Execute("""
            SELECT number, upstream, credential, correlation, started_at, ended_at, stage, code, reply
            FROM attempt WHERE entry_id = ? ORDER BY number
            """);
        select.Bind(1, entryId);
        var found = ImmutableArray.CreateBuilder<AttemptRecord>();
        while (select.Step())
        {
            found.Add(new AttemptRecord(
                select.Int32(0), session.Names.Text(select.Int64(1)), session.Names.Text(select.Int64(2)), select.Text(3)!,
                EntryReader.Time(select.Int64(4)), select.IsNull(5) ? null : EntryReader.Time(select.Int64(5)),
                select.IsNull(6) ? null : (AttemptStage)select.Int32(6), select.Int32(7), select.Text(8)));
        }
        return found.DrainToImmutable();
    }

    internal static MessageScore? Score(ReadSession session, long messageId)
    {
        using var select = session.Execute("SELECT score, findings FROM message WHERE id = ?");
        select.Bind(1, messageId);
        return select.Step() && select.OptionalDouble(0) is { } score ? new MessageScore(score, select.Text(1) ?? "[]") : null;
    }

    internal static ImmutableArray<StoreEvent> Events(ReadSession session, long entryId)
    {
        using var select = session.Execute($"SELECT {EventReader.Columns} FROM event v WHERE v.entry_id = ? ORDER BY v.id");
        select.Bind(1, entryId);
        var found = ImmutableArray.CreateBuilder<StoreEvent>();
        while (select.Step())
            found.Add(EventReader.Read(select));
        return found.DrainToImmutable();
    }

    internal static ImmutableArray<CounterValue> Counters(ReadSession session, DateOnly from)
    {
        using var select = session.Execute("""
            SELECT date, scope, name, used FROM counter WHERE date >= ?1
            UNION ALL SELECT date, scope, name, used FROM counter WHERE date = ?2 AND ?2 < ?1 AND scope = ?3
            """);
        select.Bind(1, from.DayNumber);
        select.Bind(2, from.AddDays(1 - from.Day).DayNumber);
        select.Bind(3, (int)CounterScope.UpstreamMonth);
        var found = ImmutableArray.CreateBuilder<CounterValue>();
        while (select.Step())
        {
            var key = new CounterKey((CounterScope)select.Int32(1), session.Names.Text(select.Int64(2)), DateOnly.FromDayNumber(select.Int32(0)));
            found.Add(new CounterValue(key, select.Int64(3)));
        }
        return found.DrainToImmutable();
    }

    internal static ImmutableArray<SenderRecord> Senders(ReadSession session)
    {
        using var select = session.Execute("""
            SELECT name, last_sent, resumed, status, since, until, pauses, reason, operator_since, operator_until, operator_reason, operator_who,
              start_date, start_outcomes, start_bad, start_complaints, last_pause, pause_before
            FROM sender
            """);
        var found = ImmutableArray.CreateBuilder<SenderRecord>();
        while (select.Step())
        {
            found.Add(new SenderRecord(
                session.Names.Text(select.Int64(0)), OptionalTime(select, 1),
                select.OptionalInt64(2) is { } day ? DateOnly.FromDayNumber((int)day) : null, select.IsNull(3) ? null : Condition(select)));
        }
        return found.DrainToImmutable();
    }

    internal static ImmutableArray<PreflightRecord> Preflight(ReadSession session)
    {
        using var select = session.Execute("SELECT domain, upstream, checked_at, report FROM preflight");
        var found = ImmutableArray.CreateBuilder<PreflightRecord>();
        while (select.Step())
        {
            found.Add(new PreflightRecord(
                session.Names.Text(select.Int64(0)), session.Names.Text(select.Int64(1)), EntryReader.Time(select.Int64(2)), select.Text(3)!));
        }
        return found.DrainToImmutable();
    }

    private static SenderCondition Condition(Execution row) => new(
        (SenderStatus)row.Int32(3), EntryReader.Time(row.Int64(4)), OptionalTime(row, 5), row.Int32(6), row.Text(7)!,
        OptionalTime(row, 8) is { } since ? new OperatorPause(since, OptionalTime(row, 9), row.Text(10)!, row.Text(11)!) : null)
    {
        Start = row.OptionalInt64(12) is { } day
            ? new SampleStart(DateOnly.FromDayNumber((int)day), row.Int64(13), row.Int64(14), row.Int64(15))
            : null,
        LastPause = OptionalTime(row, 16),
        PauseBefore = OptionalTime(row, 17),
    };

    private static DateTimeOffset? OptionalTime(Execution row, int column) =>
        row.OptionalInt64(column) is { } time ? EntryReader.Time(time) : null;

    internal static string? Assignment(ReadSession session, string client, string recipientKey)
    {
        if (session.Names.FindId(client) is not { } clientId)
            return null;
        using var select = session.Execute("""
            SELECT a.sender FROM recipient r JOIN assignment a ON a.client = ? AND a.recipient_id = r.id WHERE r.key = ?
            """);
        select.Bind(1, clientId);
        select.Bind(2, recipientKey);
        return select.Step() ? session.Names.Text(select.Int64(0)) : null;
    }
}
