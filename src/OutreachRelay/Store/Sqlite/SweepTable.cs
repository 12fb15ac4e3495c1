using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Finds what is past its time, on the writer.</summary>
internal sealed class SweepTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _leases = new(connection,
        "SELECT id FROM entry INDEXED BY entry_state WHERE state = 1 AND state < 10 AND due <= ? LIMIT ?");

    private readonly Statement _expired = new(connection, """
        SELECT id FROM entry INDEXED BY entry_expiry WHERE state < 10 AND expires_at <= ? AND state <> 1 ORDER BY expires_at LIMIT ?
        """);

    private readonly Statement _endLeases = new(connection,
        "UPDATE entry SET state = 2, due = ?, maybe_sent = 1, attempts = attempts + 1, rank = 0 WHERE state = 1 AND state < 10");

    private readonly Statement _recordEndedLeases = new(connection, """
        INSERT INTO event (at, entry_id, kind, who, reason)
        SELECT ?, id, 8, ?, 'the process ended during the attempt' FROM entry WHERE state = 1 AND state < 10
        """);

    /// <summary>Declares all leased entries in doubt.</summary>
    internal void EndAllLeases(long now, long due, string node)
    {
        using (var record = _recordEndedLeases.Execute())
        {
            record.Bind(1, now);
            record.Bind(2, node);
            record.Run();
        }
        using var update = _endLeases.Execute();
        update.Bind(1, due);
        update.Run();
    }

    internal List<long> ExpiredLeases(long now, int limit) => Find(_leases, now, limit);

    internal List<long> ExpiredEntries(long now, int limit) => Find(_expired, now, limit);

    public void Dispose()
    {
        _leases.Dispose();
        _expired.Dispose();
        _endLeases.Dispose();
        _recordEndedLeases.Dispose();
    }

    private static List<long> Find(Statement statement, long now, int limit)
    {
        var ids = new List<long>();
        using var select = statement.Execute();
        select.Bind(1, now);
        select.Bind(2, limit);
        while (select.Step())
            ids.Add(select.Int64(0));
        return ids;
    }
}
