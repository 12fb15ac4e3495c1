using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Who is not mailed, and the soft bounces that may come to that; on the writer.</summary>
internal sealed class SuppressionTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _find = new(connection, "SELECT reason, until FROM suppression WHERE recipient = ? AND client = ? AND direction = ?");
    private readonly Statement _save = new(connection, """
        INSERT INTO suppression (recipient, client, direction, reason, at, until, source, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (recipient, client, direction) DO UPDATE SET
          reason = excluded.reason, at = excluded.at, until = excluded.until, source = excluded.source, address = coalesce(excluded.address, address)
        """);

    private readonly Statement _delete = new(connection, "DELETE FROM suppression WHERE recipient = ? AND client = ? AND direction = ?");
    private readonly Statement _hide = new(connection, "UPDATE suppression SET address = NULL WHERE recipient = ? AND address IS NOT NULL");
    private readonly Statement _ended = new(connection, """
        DELETE FROM suppression WHERE (recipient, client, direction) IN
          (SELECT recipient, client, direction FROM suppression WHERE until <= ? ORDER BY until LIMIT ?)
        """);

    private readonly Statement _bounce = new(connection, "INSERT OR IGNORE INTO soft_bounce (recipient, client, at) VALUES (?, ?, ?)");
    private readonly Statement _bounces = new(connection, "SELECT count(*) FROM soft_bounce WHERE recipient = ? AND client = ? AND at > ?");
    private readonly Statement _deleteBounces = new(connection, "DELETE FROM soft_bounce WHERE recipient = ? AND client = ?");
    private readonly Statement _erasedBounces = new(connection, "DELETE FROM soft_bounce WHERE recipient = ?");
    private readonly Statement _oldBounces = new(connection, """
        DELETE FROM soft_bounce WHERE (recipient, client, at) IN (SELECT recipient, client, at FROM soft_bounce WHERE at < ? ORDER BY at LIMIT ?)
        """);

    private readonly Statement _delivered = new(connection, string.Create(CultureInfo.InvariantCulture, $"""
        SELECT max(e.outcome_at) FROM recipient r JOIN entry e ON e.recipient_id = r.id
        WHERE r.key = ? AND e.client = ? AND e.outcome = {(int)OutcomeKind.Delivered}
        """));

    private readonly Statement _address = new(connection, $"SELECT r.key FROM entry e JOIN recipient r ON r.id = e.recipient_id WHERE e.id = ? AND r.key NOT LIKE '%{EraseWrite.Domain}'");

    /// <summary>The suppression of exactly this scope.</summary>
    internal (SuppressionReason Reason, long? Until)? Find(RecipientHash recipient, long client, long direction)
    {
        using var select = _find.Execute();
        Bind(select, recipient, client, direction);
        return select.Step() ? ((SuppressionReason)select.Int32(0), select.OptionalInt64(1)) : null;
    }

    internal void Save(SuppressRequest request, long client, long direction, long? until, string? address)
    {
        using var upsert = _save.Execute();
        Bind(upsert, request.Recipient, client, direction);
        upsert.Bind(4, (int)request.Reason);
        upsert.Bind(5, request.At.ToUnixTimeMilliseconds());
        upsert.Bind(6, until);
        upsert.Bind(7, request.Source);
        upsert.Bind(8, address);
        upsert.Run();
    }

    internal void Delete(RecipientHash recipient, long client, long direction)
    {
        using var delete = _delete.Execute();
        Bind(delete, recipient, client, direction);
        delete.Run();
    }

    /// <summary>Forgets a recipient's address and soft bounces.</summary>
    internal void Hide(RecipientHash recipient)
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_hide, _erasedBounces])
        {
            using var run = statement.Execute();
            Bind(run, 1, recipient);
            run.Run();
        }
    }

    /// <summary>When mail of a client was last delivered to an address, as far as that was heard; 0 when it was not.</summary>
    internal long LastDelivery(string? address, long client)
    {
        using var select = _delivered.Execute();
        select.Bind(1, address);
        select.Bind(2, client);
        return select.Step() ? select.OptionalInt64(0) ?? 0 : 0;
    }

    /// <summary>Counts a soft bounce.</summary>
    /// <returns>How many there are since <paramref name="since"/>, this one included.</returns>
    internal int CountBounce(RecipientHash recipient, long client, long at, long since)
    {
        using (var insert = _bounce.Execute())
        {
            Bind(insert, recipient, client, at);
            insert.Run();
        }
        using var select = _bounces.Execute();
        Bind(select, recipient, client, since);
        select.Step();
        return select.Int32(0);
    }

    internal void DeleteBounces(RecipientHash recipient, long client)
    {
        using var delete = _deleteBounces.Execute();
        Bind(delete, 1, recipient);
        delete.Bind(2, client);
        delete.Run();
    }

    /// <summary>The recipient of an entry, or <see langword="null"/> when it is purged or its recipient erased.</summary>
    internal string? AddressOf(long entryId)
    {
        using var select = _address.Execute();
        select.Bind(1, entryId);
        return select.Step() ? select.Text(0) : null;
    }

    /// <summary>Removes quarantines that have ended, and soft bounces that no rule looks back to.</summary>
    internal void Forget(long now, long before, int limit)
    {
        foreach (var (statement, time) in (ReadOnlySpan<(Statement, long)>)[(_ended, now), (_oldBounces, before)])
        {
            using var delete = statement.Execute();
            delete.Bind(1, time);
            delete.Bind(2, limit);
            delete.Run();
        }
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
            [_find, _save, _delete, _hide, _ended, _bounce, _bounces, _deleteBounces, _erasedBounces, _oldBounces, _delivered, _address])
            statement.Dispose();
    }

    internal static void Bind(Execution statement, int index, RecipientHash recipient)
    {
        Span<byte> octets = stackalloc byte[RecipientHash.Size];
        recipient.Write(octets);
        statement.Bind(index, octets);
    }

    private static void Bind(Execution statement, RecipientHash recipient, long second, long third)
    {
        Bind(statement, 1, recipient);
        statement.Bind(2, second);
        statement.Bind(3, third);
    }
}
