using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What is kept of senders and sender domains, on the writer.</summary>
internal sealed class SenderTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _sent = new(connection, """
        INSERT INTO sender (name, last_sent, resumed) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET last_sent = max(?2, coalesce(last_sent, 0)), resumed = coalesce(?3, resumed)
        """);

    private readonly Statement _condition = new(connection, """
        INSERT INTO sender (name, status, since, until, pauses, reason, operator_since, operator_until, operator_reason, operator_who,
          start_date, start_outcomes, start_bad, start_complaints, last_pause, pause_before)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET status = excluded.status, since = excluded.since, until = excluded.until, pauses = excluded.pauses,
          reason = excluded.reason, operator_since = excluded.operator_since, operator_until = excluded.operator_until,
          operator_reason = excluded.operator_reason, operator_who = excluded.operator_who, start_date = excluded.start_date,
          start_outcomes = excluded.start_outcomes, start_bad = excluded.start_bad, start_complaints = excluded.start_complaints,
          last_pause = excluded.last_pause, pause_before = excluded.pause_before
        """);

    /// <param name="resumed">The date of the first mail after a long rest; <see langword="null"/> leaves what is known.</param>
    internal void NoteSent(long name, long now, DateOnly? resumed)
    {
        using var upsert = _sent.Execute();
        upsert.Bind(1, name);
        upsert.Bind(2, now);
        upsert.Bind(3, (long?)resumed?.DayNumber);
        upsert.Run();
    }

    internal void Save(long name, SenderCondition condition)
    {
        using var upsert = _condition.Execute();
        upsert.Bind(1, name);
        upsert.Bind(2, (int)condition.Status);
        upsert.Bind(3, condition.Since.ToUnixTimeMilliseconds());
        upsert.Bind(4, condition.Until?.ToUnixTimeMilliseconds());
        upsert.Bind(5, condition.Pauses);
        upsert.Bind(6, condition.Reason);
        upsert.Bind(7, condition.Operator?.Since.ToUnixTimeMilliseconds());
        upsert.Bind(8, condition.Operator?.Until?.ToUnixTimeMilliseconds());
        upsert.Bind(9, condition.Operator?.Reason);
        upsert.Bind(10, condition.Operator?.Who);
        upsert.Bind(11, (long?)condition.Start?.Date.DayNumber);
        upsert.Bind(12, condition.Start?.Outcomes);
        upsert.Bind(13, condition.Start?.Bad);
        upsert.Bind(14, condition.Start?.Complaints);
        upsert.Bind(15, condition.LastPause?.ToUnixTimeMilliseconds());
        upsert.Bind(16, condition.PauseBefore?.ToUnixTimeMilliseconds());
        upsert.Run();
    }

    public void Dispose()
    {
        _sent.Dispose();
        _condition.Dispose();
    }
}

/// <summary>Keeps a sender's or domain's condition.</summary>
internal sealed class ConditionWrite(string name, SenderCondition condition) : Write<bool>
{
    internal override void Apply(WriteSession session) => session.Senders.Save(session.Names.Intern(name), condition);

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}
