namespace OutreachRelay.Store.Sqlite;

/// <summary>What becomes of the entries of a restored database: a backup is a moment of the past, and what waited then may have been sent since.</summary>
internal static class RestoredEntries
{
    private const string Reason = "restored from a backup: it may have been sent since";

    /// <summary>Holds all that would be sent, within the open transaction. No entry is leased any more.</summary>
    /// <returns>How many were held.</returns>
    internal static long HoldAll(WriteSession session)
    {
        using (var record = new Statement(session.Connection, """
            INSERT INTO event (at, entry_id, kind, who, reason) SELECT ?, id, ?, 'relay', ? FROM entry WHERE state IN (0, 2) AND state < 10
            """))
        {
            using var insert = record.Execute();
            insert.Bind(1, session.Now);
            insert.Bind(2, (int)StoreEventKind.Hold);
            insert.Bind(3, Reason);
            insert.Run();
        }
        using var hold = new Statement(session.Connection, "UPDATE entry SET state = 3, due = ? WHERE state IN (0, 2) AND state < 10");
        using var update = hold.Execute();
        update.Bind(1, session.Now);
        update.Run();
        return session.MoveAllToHeld();
    }
}
