using Microsoft.Data.Sqlite;

namespace OutreachRelay.Store.Sqlite;

/// <summary>What preflight found, on the writer.</summary>
internal sealed class PreflightTable(SqliteConnection connection) : IDisposable
{
    private readonly Statement _save = new(connection, """
        INSERT INTO preflight (domain, upstream, checked_at, report) VALUES (?, ?, ?, ?)
        ON CONFLICT (domain, upstream) DO UPDATE SET checked_at = excluded.checked_at, report = excluded.report
        """);

    private readonly Statement _forget = new(connection, "DELETE FROM preflight WHERE checked_at < ?");

    internal void Save(long domain, long upstream, PreflightRecord record)
    {
        using var upsert = _save.Execute();
        upsert.Bind(1, domain);
        upsert.Bind(2, upstream);
        upsert.Bind(3, record.CheckedAt.ToUnixTimeMilliseconds());
        upsert.Bind(4, record.Report);
        upsert.Run();
    }

    internal void Forget(DateTimeOffset before)
    {
        using var delete = _forget.Execute();
        delete.Bind(1, before.ToUnixTimeMilliseconds());
        delete.Run();
    }

    public void Dispose()
    {
        _save.Dispose();
        _forget.Dispose();
    }
}

/// <summary>Keeps what was found, and drops what nobody has looked at for long: its domain or upstream is gone from the configuration.</summary>
internal sealed class PreflightWrite(PreflightRecord record) : Write<bool>
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    internal override void Apply(WriteSession session)
    {
        session.Preflight.Save(session.Names.Intern(record.Domain), session.Names.Intern(record.Upstream), record);
        session.Preflight.Forget(record.CheckedAt - Kept);
    }

    internal override void Publish(WriteSession session) => Complete(true);

    internal override void Refuse(StoreHealth health) => Complete(false);
}
